//! Reads the path, the query and the body; what can't be read is answered with a problem, never
//! with plain text.

use super::problem::{Problem, ProblemKind};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The names in the path.
pub(crate) struct PathParams<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathParams<T>, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let Path(names) = path.map_err(|error| Problem::invalid(error.body_text()))?;
        Ok(PathParams(names))
    }
}

/// The query.
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<QueryParams<T>, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(asked) = query.map_err(|error| Problem::invalid(error.body_text()))?;
        Ok(QueryParams(asked))
    }
}

/// The body: JSON whatever its content type says. Fields that nobody knows are refused, because a
/// misspelt sum must not be left out.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            let too_large = error.status().as_u16() == 413;
            let kind = if too_large { ProblemKind::TooLarge } else { ProblemKind::Invalid };
            Problem::new(kind, error.body_text())
        })?;
        let read = serde_json::from_slice(&bytes);
        Ok(JsonBody(read.map_err(|error| Problem::invalid(format!("the body: {error}")))?))
    }
}
