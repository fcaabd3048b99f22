//! Charge, cancel and refund are answered alike: 200 is done and needs no body, 400 with a `code` is refused.

use bytes::Bytes;
use epay_domain::{Fact, Observation, StepId};
use http::{Response, StatusCode};

use crate::codec::{AnswerError, fields::Fields, reason};

/// The pages say "Http status 200" and show no body (`documented`); clients read `{"code":0,"message":…}` (`observed`).
pub(crate) fn decode(response: &Response<Bytes>, step: &StepId) -> Result<Observation, AnswerError> {
    let body = response.body().trim_ascii();
    let fact = match response.status() {
        StatusCode::OK if body.is_empty() => Fact::StepAccepted(step.clone()),
        StatusCode::OK => match reason::hint(&Fields::read(body)?)? {
            None => Fact::StepAccepted(step.clone()),
            Some(hint) => Fact::StepRefused(step.clone(), hint),
        },
        StatusCode::BAD_REQUEST => Fact::StepRefused(step.clone(), reason::refusal(&Fields::read(body)?)?),
        status => return Err(AnswerError::status(status)),
    };
    Ok(Observation::reply(fact))
}
