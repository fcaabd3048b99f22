//! Charge, cancel and refund are answered alike: 200 is done and needs no body, 400 with a `code` is refused.

use bytes::Bytes;
use epay_domain::{Fact, Observation, StepId};
use http::{Response, StatusCode};

use crate::codec::{AnswerError, fields::Fields, reason};

/// The pages say "Http status 200" and show no body (`documented`); clients read `{"code":0,"message":…}` (`observed`).
pub(crate) fn decode(
    response: &Response<Bytes>,
    step: &StepId,
) -> Result<Observation, AnswerError> {
    let body = response.body().trim_ascii();
    let fact = match response.status() {
        StatusCode::OK if body.is_empty() => Fact::StepAccepted(step.clone()),
        StatusCode::OK => match reason::hint(&Fields::read(body)?)? {
            None => Fact::StepAccepted(step.clone()),
            Some(hint) => Fact::StepRefused(step.clone(), hint),
        },
        StatusCode::BAD_REQUEST => {
            Fact::StepRefused(step.clone(), reason::refusal(&Fields::read(body)?)?)
        }
        status => return Err(AnswerError::status(status)),
    };
    Ok(Observation::reply(fact))
}

#[cfg(test)]
mod tests {
    use epay_domain::Decline;

    use super::*;
    use crate::fixture::{answer, step};

    #[track_caller]
    fn check(status: u16, body: &'static str, expected: Result<Fact, AnswerError>) {
        assert_eq!(
            decode(&answer(status, body), &step()),
            expected.map(Observation::reply),
            "{status} {body}"
        );
    }

    #[test]
    fn done_refused_or_no_answer() {
        for body in [
            "",
            " \r\n",
            "{}",
            r#"{"code":0,"message":"ok","externalID":"step-1"}"#,
            r#"{"code":"0"}"#,
        ] {
            check(200, body, Ok(Fact::StepAccepted(step())));
        }
        check(200, r#"{"code":484}"#, Ok(Fact::StepRefused(step(), Decline::as_hint(484))));
        check(
            400,
            r#"{"code":484,"message":"no"}"#,
            Ok(Fact::StepRefused(step(), Decline::from_code(484))),
        );
        check(
            400,
            r#"{"code":"100","message":""}"#,
            Ok(Fact::StepRefused(step(), Decline::from_code(100))),
        );
        check(400, r#"{"message":""}"#, Err(AnswerError::Missing("code")));
        for (status, body) in [(200, "<html>"), (200, r#"{"code":0"#), (400, ""), (400, "[]")] {
            check(status, body, Err(AnswerError::NotJson));
        }
        for status in [201, 204, 302, 401, 403, 404, 429, 500, 502] {
            check(status, r#"{"code":0}"#, Err(AnswerError::Status(status)));
        }
    }
}
