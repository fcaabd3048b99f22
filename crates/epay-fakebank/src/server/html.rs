//! Text becomes part of a page only through `escape`, and pages run no script but the one whose digest they name.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use ring::digest;

use crate::reply;

/// Sends the only form of a page.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// What is wider than a phone is moved sideways by itself, and not the page.
const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 sans-serif;margin:1rem}\
                     div{overflow-x:auto}pre,code{white-space:pre-wrap;overflow-wrap:anywhere}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}";

/// For element text and double-quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A hidden input.
pub(super) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value))
}

/// A whole page in English around an HTML body.
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    page_with(&Look { status, language: "en", title, style: "", body, scripts: &[SUBMIT] })
}

/// What a page is made of.
pub(super) struct Look<'a> {
    pub(super) status: StatusCode,
    pub(super) language: &'a str,
    pub(super) title: &'a str,
    /// Beside the style of all pages.
    pub(super) style: &'a str,
    pub(super) body: &'a str,
    /// Which may run.
    pub(super) scripts: &'a [&'a str],
}

/// A whole page.
pub(super) fn page_with(look: &Look<'_>) -> Response<Bytes> {
    let Look { status, language, title, style, body, scripts } = look;
    let style = format!("{STYLE}{style}");
    let page = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{style}</style>\n\
         {body}\n</html>\n"
    );
    let mut response = reply::with_body(*status, "text/html; charset=utf-8", page);
    let scripts = scripts.iter().map(|script| digest_of(script)).collect::<String>();
    let scripts = if scripts.is_empty() { " 'none'" } else { &scripts };
    let policy = format!(
        "default-src 'none'; style-src{}; script-src{scripts}; base-uri 'none'",
        digest_of(&style)
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// As a policy names it.
fn digest_of(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!(" 'sha256-{}'", STANDARD.encode(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_markup_survives() {
        assert_eq!(escape("\"><script>'&"), "&quot;&gt;&lt;script&gt;&#39;&amp;");
        assert_eq!(
            hidden("MD", "a\"b"),
            "<input type=\"hidden\" name=\"MD\" value=\"a&quot;b\">\n"
        );
    }
}
