//! As much of WebDriver (W3C) as a payer needs: open, click, read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use epay_http::Transport;
use epay_reqwest::ReqwestTransport;
use epay_testkit::free_port;
use http::{Method, Request};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

/// How WebDriver marks the name of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium.
pub(crate) struct Browser {
    driver: Child,
    client: ReqwestTransport,
    session: String,
}

impl Browser {
    pub(crate) async fn start(scripts: bool) -> Browser {
        let port = free_port(Ipv4Addr::LOCALHOST).unwrap();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let ready = lines.any(|line| line.contains("started successfully"));
        assert!(ready, "chromedriver has ended");
        // Nobody reads the rest, and a full pipe would stop the driver.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = json!({ "profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 } });
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let options = json!({ "args": arguments, "prefs": profile });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options, "timeouts": { "implicit": 20_000, "script": 120_000 }, "goog:loggingPrefs": { "browser": "ALL" } } } });
        let client = ReqwestTransport::new().unwrap();
        let mut browser =
            Browser { driver, client, session: format!("http://127.0.0.1:{port}/session") };
        let opened = browser.post("", &wanted).await;
        browser.session = format!("{}/{}", browser.session, opened["sessionId"].as_str().unwrap());
        browser
    }

    pub(crate) async fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// A page that goes on by itself at that moment is loaded again where it has come to.
    pub(crate) async fn reload(&self) {
        while let Err(error) = self.tried(Method::POST, "/refresh", "{}".into()).await {
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("aborted by navigation"), "webdriver: {message}");
        }
    }

    /// Clicks the first element that fits, once there is one.
    pub(crate) async fn click(&self, css: &str) {
        self.on(css, Method::POST, "click", "{}").await;
    }

    /// Types into the first element that fits, once there is one.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.on(css, Method::POST, "value", &json!({ "text": text }).to_string()).await;
    }

    /// Goes on in a frame of the page.
    pub(crate) async fn enter(&self, css: &str) {
        let frame = json!({ "id": { ELEMENT: self.find(css).await } });
        self.post("/frame", &frame).await;
    }

    /// Goes on in the page around.
    pub(crate) async fn leave(&self) {
        self.post("/frame", &json!({ "id": null })).await;
    }

    /// Shows pages as a phone does, 390 points wide.
    pub(crate) async fn phone(&self) {
        self.screen(390, 844, true).await;
    }

    /// Shows pages as a desk does, 1280 points wide.
    pub(crate) async fn desk(&self) {
        self.screen(1280, 800, false).await;
    }

    async fn screen(&self, width: u32, height: u32, phone: bool) {
        let scale = if phone { 2 } else { 1 };
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": screen });
        self.post("/goog/cdp/execute", &command).await;
    }

    /// Shows pages as one asks for who works by `light`, or by `dark`.
    pub(crate) async fn scheme(&self, name: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": name });
        let params = json!({ "features": [feature] });
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": params });
        self.post("/goog/cdp/execute", &command).await;
    }

    /// The part of the page from the top of the element to its end, as wide as the screen, as a WebP.
    pub(crate) async fn picture(&self, css: &str) -> Vec<u8> {
        let measure = format!(
            "const at = document.querySelector({css:?}).getBoundingClientRect(), all = document.documentElement;
             const top = Math.max(0, at.top + scrollY - 16), end = Math.min(at.bottom + scrollY + 16, all.scrollHeight);
             arguments[0]({{ x: 0, y: top, width: innerWidth, height: end - top, scale: 1 }})"
        );
        let clip = self.run(&measure).await;
        let params =
            json!({ "format": "webp", "quality": 80, "captureBeyondViewport": true, "clip": clip });
        let command = json!({ "cmd": "Page.captureScreenshot", "params": params });
        let drawn = self.post("/goog/cdp/execute", &command).await;
        STANDARD.decode(drawn["data"].as_str().unwrap()).unwrap()
    }

    /// Opens another tab and goes on there; the name of the one that was left.
    pub(crate) async fn tab(&self) -> String {
        let left = self.call(Method::GET, "/window", Bytes::new()).await;
        let tab = self.post("/window/new", &json!({ "type": "tab" })).await;
        self.to_tab(tab["handle"].as_str().unwrap()).await;
        left.as_str().unwrap().to_owned()
    }

    pub(crate) async fn to_tab(&self, name: &str) {
        self.post("/window", &json!({ "handle": name })).await;
    }

    /// The script runs on each page before those of the page do.
    pub(crate) async fn before_each_page(&self, script: &str) {
        let params = json!({ "source": script });
        let command = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": params });
        self.post("/goog/cdp/execute", &command).await;
    }

    /// What is loaded from such addresses does not come from now on.
    pub(crate) async fn block(&self, pattern: &str) {
        for (command, params) in
            [("enable", json!({})), ("setBlockedURLs", json!({ "urls": [pattern] }))]
        {
            let command = json!({ "cmd": format!("Network.{command}"), "params": params });
            self.post("/goog/cdp/execute", &command).await;
        }
    }

    /// Goes back, as by the browser's button.
    pub(crate) async fn back(&self) {
        self.post("/back", &json!({})).await;
    }

    /// What the browser complained of: scripts that failed, and what the page's policy refused.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" })).await;
        let told = log.as_array().unwrap().iter();
        told.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// What the script hands to its last argument, on the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": [] })).await
    }

    /// Whether the element is to be seen, once it is there.
    pub(crate) async fn sees(&self, css: &str) -> bool {
        self.on(css, Method::GET, "displayed", "").await.as_bool().unwrap()
    }

    /// How wide the page is, with what one would have to move it for.
    pub(crate) async fn width(&self) -> u64 {
        let script = "return document.documentElement.scrollWidth";
        let told = self.post("/execute/sync", &json!({ "script": script, "args": [] })).await;
        told.as_u64().unwrap()
    }

    /// The text of the first element that fits, once there is one.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.on(css, Method::GET, "text", "").await.as_str().unwrap().to_owned()
    }

    /// Does it to the first element that fits. One that goes with its page before that has felt nothing,
    /// and is looked for on the page that comes.
    async fn on(&self, css: &str, method: Method, verb: &str, body: &str) -> Value {
        loop {
            let path = format!("/element/{}/{verb}", self.find(css).await);
            match self.tried(method.clone(), &path, body.to_owned().into()).await {
                Ok(done) => return done,
                Err(error) if error["error"] == "stale element reference" => {}
                Err(error) => panic!("webdriver: {}", error["message"]),
            }
        }
    }

    /// Waits for what the XPath names. A page that goes meanwhile takes a script that waits with it, and not this.
    pub(crate) async fn waits_for(&self, xpath: &str) {
        self.find_by("xpath", xpath).await;
    }

    async fn find(&self, css: &str) -> String {
        self.find_by("css selector", css).await
    }

    async fn find_by(&self, using: &str, value: &str) -> String {
        let found = self.post("/element", &json!({ "using": using, "value": value })).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.call(Method::POST, path, body.to_string().into()).await
    }

    async fn call(&self, method: Method, path: &str, body: Bytes) -> Value {
        let done = self.tried(method, path, body).await;
        done.unwrap_or_else(|error| panic!("webdriver: {}", error["message"]))
    }

    async fn tried(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.session))
            .body(body)
            .unwrap();
        let answer = self.client.send(request).await.unwrap();
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let value = body["value"].clone();
        if answer.status().is_success() { Ok(value) } else { Err(value) }
    }

    /// Ends the session, and with it the browser.
    pub(crate) async fn close(self) {
        self.call(Method::DELETE, "", Bytes::new()).await;
    }
}

/// A test that failed did not close its browser; a driver asked to end takes the browser with it.
impl Drop for Browser {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ = self.driver.wait();
    }
}
