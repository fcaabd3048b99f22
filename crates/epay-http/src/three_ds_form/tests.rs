//! The page is judged as a browser sees it: through a real HTML parser, with everything an attacker would try.

use super::*;
use epay_crypto::KeyTrust;
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::BTreeMap;

const TERM_URL: &str = "https://shop.example/3ds?state=a&x=1";
const ACTION: &str = "https://epay-proxy.homebank.kz/";

fn production() -> Environment {
    Environment::production(KeyTrust::FirstUse)
}

fn fake_bank() -> Environment {
    Environment::fake_bank("http://127.0.0.1:1/oauth", "http://127.0.0.1:1/api").unwrap()
}

fn challenge(action: &str, pa_req: &str, md: &str) -> Challenge {
    Challenge { action: action.into(), pa_req: pa_req.into(), md: md.into() }
}

fn form(challenge: &Challenge, term_url: &str) -> Result<ThreeDsForm, FormError> {
    ThreeDsForm::new(challenge, term_url, Language::English, &production(), Nonce::from_bits(7))
}

/// An element as the browser's parser sees it; attributes in the order of their names.
struct Element {
    name: String,
    parent: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

fn elements(html: &str) -> Vec<Element> {
    let mut found = Vec::new();
    collect(
        &parse_document(RcDom::default(), ParseOpts::default()).one(html).document,
        "",
        &mut found,
    );
    found
}

fn collect(node: &Handle, parent: &str, found: &mut Vec<Element>) {
    let mut name = String::new();
    if let NodeData::Element { name: tag, attrs, .. } = &node.data {
        name = tag.local.to_string();
        let attributes = attrs
            .borrow()
            .iter()
            .map(|a| (a.name.local.to_string(), a.value.to_string()))
            .collect();
        let text = node.children.borrow().iter().map(text_of).collect();
        found.push(Element { name: name.clone(), parent: parent.to_owned(), attributes, text });
    }
    node.children.borrow().iter().for_each(|child| collect(child, &name, found));
}

fn text_of(node: &Handle) -> String {
    if let NodeData::Text { contents } = &node.data {
        contents.borrow().to_string()
    } else {
        String::new()
    }
}

/// One form, three hidden values exactly as given, one script and one style with our nonce, nothing else that acts.
fn assert_posts_exactly(made: &ThreeDsForm, action: &str, values: [(&str, &str); 3]) {
    let page = elements(made.html());
    let names: Vec<_> = page.iter().map(|element| element.name.as_str()).collect();
    let ours = "html head meta meta title style body form input input input p button script";
    assert_eq!(names.join(" "), ours);
    let one = |name: &str| page.iter().find(|element| element.name == name).unwrap();
    assert_eq!(
        (one("form").attr("action"), one("form").attr("method")),
        (Some(action), Some("post"))
    );
    let inputs: Vec<_> = page.iter().filter(|element| element.name == "input").collect();
    for (input, (name, value)) in inputs.into_iter().zip(values) {
        assert_eq!(
            (input.parent.as_str(), input.attr("type"), input.attr("name")),
            ("form", Some("hidden"), Some(name))
        );
        assert!(input.attr("value") == Some(value), "{name} arrives changed");
        assert_eq!(input.attributes.len(), 3);
    }
    assert_eq!(
        (one("button").parent.as_str(), one("button").attr("type")),
        ("form", Some("submit"))
    );
    let nonce = made.nonce().to_string();
    for name in ["script", "style"] {
        assert_eq!(one(name).attr("nonce"), Some(nonce.as_str()), "{name}");
    }
    assert_eq!(one("script").text, "document.forms[0].submit()");
    assert!(
        page.iter()
            .flat_map(|element| element.attributes.keys())
            .all(|name| !name.starts_with("on"))
    );
}

#[test]
fn no_value_becomes_markup_and_each_arrives_unchanged() {
    let corpus = [
        "eyJtZXNzYWdlVHlwZSI6+/=",
        "",
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</script><script>alert(1)//",
        "</form><form action=//evil.example>",
        "--><!--",
        "]]><![CDATA[",
        "\" onfocus=alert(1) autofocus x=\"",
        "&quot;&#34;&lt;&amp;&notit;&",
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "\u{202e}evil\u{2066}\u{feff}\u{fffe}",
        "{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {%raw%}",
        "`${alert(1)}`\\u0022\\\"",
        "a\r\nb\nc\td",
        "javascript:alert(1)",
        "\u{1f4b3} төлем",
    ];
    for value in corpus {
        for (pa_req, md) in [(value, "MD"), ("PaReq", value), (value, value)] {
            let made = form(&challenge(ACTION, pa_req, md), TERM_URL).unwrap();
            assert_posts_exactly(
                &made,
                ACTION,
                [("PaReq", pa_req), ("MD", md), ("TermUrl", TERM_URL)],
            );
        }
    }
    let long = "\"<'&>".repeat(200_000);
    let made = form(&challenge(ACTION, &long, "MD"), TERM_URL).unwrap();
    assert_posts_exactly(&made, ACTION, [("PaReq", &long), ("MD", "MD"), ("TermUrl", TERM_URL)]);
}

#[test]
fn hostile_addresses_stay_inside_their_attribute_too() {
    for (path, posted) in [
        ("a\"onclick=\"x", "a%22onclick=%22x"),
        ("?a=1&b='x'", "?a=1&b=%27x%27"),
        ("</form><script>", "%3C/form%3E%3Cscript%3E"),
    ] {
        let term_url = format!("https://shop.example/{path}");
        let made = form(&challenge(&format!("{ACTION}{path}"), "P", "M"), &term_url).unwrap();
        let action = format!("{ACTION}{posted}");
        assert_posts_exactly(&made, &action, [("PaReq", "P"), ("MD", "M"), ("TermUrl", &term_url)]);
    }
}

#[test]
fn what_no_browser_posts_unchanged_is_refused() {
    for value in ["a\0b", "\u{1b}", "\u{7f}", "\u{85}", "\u{8}"] {
        for (pa_req, md) in [(value, "MD"), ("PaReq", value)] {
            let refused = form(&challenge(ACTION, pa_req, md), TERM_URL).unwrap_err();
            assert_eq!(refused, FormError::Challenge, "{value:?}");
        }
    }
}

#[test]
fn a_payer_is_sent_to_https_or_with_the_fake_bank_to_this_machine() {
    let long = |bytes: usize| format!("{ACTION}{}", "a".repeat(bytes - ACTION.len()));
    for (action, in_production, with_the_fake_bank) in [
        (ACTION, true, true),
        ("https://пример.kz/x?y#z", true, true),
        ("https://epay-proxy.homebank.kz:8443/", true, true),
        ("http://epay-proxy.homebank.kz/", false, false),
        ("http://127.0.0.1:8080/acs", false, true),
        ("http://127.9.9.9/", false, true),
        ("http://[::1]:8080/", false, true),
        ("http://localhost/", false, true),
        ("http://fakebank.localhost/acs", false, true),
        ("http://localhost.evil.example/", false, false),
        ("http://evillocalhost/", false, false),
        ("http://127.0.0.1.evil.example/", false, false),
        ("https://user@epay-proxy.homebank.kz/", false, false),
        ("https://:pass@epay-proxy.homebank.kz/", false, false),
        ("https://good.example\\@evil.example/", true, true),
        ("javascript:alert(1)", false, false),
        ("data:text/html,x", false, false),
        ("file:///etc/passwd", false, false),
        ("//epay-proxy.homebank.kz/", false, false),
        ("/relative", false, false),
        ("", false, false),
        ("https://", false, false),
        (" https://epay-proxy.homebank.kz/", false, false),
        ("https://epay-proxy.homebank.kz/\n", false, false),
        ("https://epay\tproxy.homebank.kz/", false, false),
        ("https://epay-proxy.homebank.kz/\0", false, false),
        ("https://localhost/", false, true),
        ("https://127.0.0.1/", false, true),
        ("https://[::1]/", false, true),
        ("https://0x7f.1/", false, true),
        ("https://2130706433/", false, true),
        ("https://router/", false, false),
        ("https://router./", false, false),
        ("https://localhost./", false, false),
        ("https://nas.local/", false, false),
        ("https://nas.LAN./", false, false),
        ("https://printer.home.arpa/", false, false),
        ("https://metadata.google.internal/", false, false),
        ("https://epay-proxy.homebank.kz./", true, true),
        (&long(2_048), true, true),
        (&long(2_049), false, false),
    ] {
        for (environment, fits) in
            [(production(), in_production), (fake_bank(), with_the_fake_bank)]
        {
            let made = ThreeDsForm::new(
                &challenge(action, "P", "M"),
                TERM_URL,
                Language::English,
                &environment,
                Nonce::from_bits(7),
            );
            assert_eq!(
                made.err(),
                (!fits).then_some(FormError::Action),
                "{action} {environment:?}"
            );
        }
    }
}

#[test]
fn no_payer_is_sent_to_an_address_however_it_is_written() {
    let addresses = "0.0.0.0 10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 \
                     172.31.255.255 192.168.0.1 192.168.1 3232235521 0300.0250.1 224.0.0.1 255.255.255.255 \
                     10.0.0.1. \u{ff11}\u{ff10}.0.0.1 10\u{3002}0\u{3002}0\u{3002}1 8.8.8.8 [::] [fc00::1] \
                     [fd12:3456::1] [fe80::1] [ff02::1] [::ffff:10.0.0.1] [::ffff:a00:1] [::ffff:127.0.0.1] \
                     [::10.0.0.1] [64:ff9b::10.0.0.1] [2002:a00:1::] [2606:4700::1111]";
    for host in addresses.split(' ').filter(|host| !host.is_empty()) {
        for scheme in ["https", "http"] {
            let action = format!("{scheme}://{host}/acs");
            assert!(Url::parse(&action).is_ok(), "{action}");
            for environment in [production(), Environment::test(KeyTrust::FirstUse), fake_bank()] {
                let challenge = challenge(&action, "P", "M");
                let nonce = Nonce::from_bits(7);
                let made =
                    ThreeDsForm::new(&challenge, TERM_URL, Language::English, &environment, nonce);
                assert_eq!(made.unwrap_err(), FormError::Action, "{action}");
            }
        }
    }
}

#[test]
fn a_foreign_mock_may_challenge_on_this_machine() {
    let mock = Environment::mock("http://[::1]:1", "http://[::1]:1", KeyTrust::FirstUse).unwrap();
    let challenge = challenge("http://127.0.0.1:9/acs", "P", "M");
    ThreeDsForm::new(&challenge, TERM_URL, Language::English, &mock, Nonce::from_bits(7)).unwrap();
}

#[test]
fn a_term_url_is_https_or_on_this_machine() {
    for (term_url, fits) in [
        ("https://shop.example/3ds", true),
        ("http://127.0.0.1:3000/3ds", true),
        ("http://shop.example/3ds", false),
        ("https://me:secret@shop.example/3ds", false),
        ("shop.example/3ds", false),
        ("https://shop.example/3ds\r\nx: y", false),
    ] {
        let made = form(&challenge(ACTION, "P", "M"), term_url);
        assert_eq!(made.err(), (!fits).then_some(FormError::TermUrl), "{term_url}");
    }
}

#[test]
fn the_policy_allows_our_script_and_style_and_posts_to_https() {
    let made = form(&challenge("https://acs.example:8443/a/b?c", "P", "M"), TERM_URL).unwrap();
    assert_eq!(
        made.headers(),
        [
            ("content-type", "text/html; charset=utf-8"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'nonce-00000000000000000000000000000007'; \
                 style-src 'nonce-00000000000000000000000000000007'; form-action https:; \
                 base-uri 'none'; frame-ancestors 'none'"
            ),
            ("cache-control", "no-store"),
            ("referrer-policy", "strict-origin"),
            ("x-content-type-options", "nosniff"),
        ]
    );
}

#[test]
fn the_page_speaks_the_payers_language() {
    for (language, tag, button) in [
        (Language::Russian, "ru", "Продолжить"),
        (Language::Kazakh, "kk", "Жалғастыру"),
        (Language::English, "en", "Continue"),
    ] {
        let made = ThreeDsForm::new(
            &challenge(ACTION, "P", "M"),
            TERM_URL,
            language,
            &production(),
            Nonce::from_bits(7),
        )
        .unwrap();
        let page = elements(made.html());
        assert_eq!(page[0].attr("lang"), Some(tag));
        assert!(page.iter().any(|element| element.name == "button" && element.text == button));
    }
}

#[test]
fn nonces_are_long_and_differ_and_debug_shows_no_session() {
    let (one, two) = (Nonce::random().unwrap().to_string(), Nonce::random().unwrap().to_string());
    assert_eq!(one.len(), 32);
    assert_ne!(one, two);
    let made = form(&challenge(ACTION, "PaReqText", "MdText"), TERM_URL).unwrap();
    assert_eq!(
        format!("{made:?}"),
        format!("ThreeDsForm {{ html_bytes: {}, .. }}", made.html().len())
    );
}

#[test]
fn a_refusal_tells_what_stands_in_the_way_and_not_what_was_given() {
    for (error, text) in [
        (FormError::Action, "the challenge leads to an address a payer must not be sent to"),
        (FormError::TermUrl, "the term url is no address a payer may be sent to"),
        (FormError::Challenge, "the challenge holds a control character"),
        (FormError::NoRandomNumbers, "the operating system gave no random numbers"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
