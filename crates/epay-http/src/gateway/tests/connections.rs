//! Which requests are marked as safe to repeat, and when a connection for an ask is made ready.

use super::*;

/// Answers from a script, and notes what it is told about connections.
#[derive(Clone, Debug)]
struct Line {
    script: Script,
    noted: Arc<std::sync::Mutex<Vec<String>>>,
    never_ready: bool,
}

#[async_trait]
impl Transport for Line {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<Response<Bytes>, crate::TransportError> {
        let kind = if crate::SafeToRepeat::marks(&request) { "safe" } else { "money" };
        self.noted.lock().unwrap().push(format!("{kind} {}", request.uri().path()));
        self.script.send(request).await
    }

    async fn prepare(&self, uri: &Uri) {
        self.noted.lock().unwrap().push(format!("prepare {uri}"));
        if self.never_ready {
            std::future::pending().await
        }
    }
}

fn line(plays: Vec<Play>) -> Line {
    Line { script: Script::new(plays), noted: Arc::default(), never_ready: false }
}

fn over(line: &Line, environment: Environment) -> HttpGateway {
    HttpGateway::new(line.clone(), Arc::<HandClock>::default(), environment, credentials())
}

fn two_hosts() -> Environment {
    Environment::fake_bank("http://127.0.0.1:8080", "http://127.0.0.2:8080/api").unwrap()
}

#[test]
fn an_ask_finds_a_connection_made_ready_while_its_token_was_fetched() {
    for ask in ASKS {
        let line = line(vec![token("T"), says(200, r#"{"code":0}"#)]);
        ask.of(&over(&line, two_hosts()), &named_payment()).unwrap();
        let path = ask.call().replace("POST ", "");
        assert_eq!(
            *line.noted.lock().unwrap(),
            [
                "safe /oauth2/token",
                "prepare http://127.0.0.2:8080/api",
                &format!("money {}", path.split('?').next().unwrap_or_default()),
            ]
        );
    }
}

#[test]
fn where_one_host_does_both_the_connection_of_the_token_is_ready() {
    let line = line(vec![token("T"), says(200, r#"{"code":0}"#)]);
    Ask::Cancel.of(&over(&line, environment()), &named_payment()).unwrap();
    assert!(!line.noted.lock().unwrap().iter().any(|noted| noted.starts_with("prepare")));
}

#[test]
fn what_only_reads_is_safe_to_repeat() {
    let line = line(vec![token("T"), says(200, ""), says(404, "")]);
    let gateway = over(&line, two_hosts());
    let _ = block_on(gateway.status(&named_payment()));
    let _ = block_on(gateway.bank_key());
    let noted = line.noted.lock().unwrap();
    assert_eq!(noted.len(), 3, "{noted:?}");
    assert!(noted.iter().all(|noted| noted.starts_with("safe ")), "{noted:?}");
}

#[test]
fn waiting_for_a_connection_is_not_sending() {
    let asked = |plays| {
        let line = Line { never_ready: true, ..line(plays) };
        let error = Ask::Refund.of(&over(&line, two_hosts()), &named_payment()).unwrap_err();
        assert!(!line.noted.lock().unwrap().iter().any(|noted| noted.starts_with("money")));
        (error.delivery(), error.kind())
    };
    assert_eq!(asked(vec![token("T")]), (NotSent, Deadline));
    // Without a token there is nothing to be ready for.
    assert_eq!(asked(vec![says(401, "")]), (NotSent, Access));
}
