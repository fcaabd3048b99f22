//! The payer's browser: it shows a page, and does with the page's form what a browser does, script
//! or no script.

use bytes::Bytes;
use epay::{HyperTransport, Transport};
use http::header::CONTENT_TYPE;
use url::{Url, form_urlencoded};

use crate::Failure;

/// A page and where it came from.
pub(crate) struct Page {
    address: Url,
    html: String,
}

impl Page {
    /// The page `html` as shown under `address`.
    pub(crate) fn new(address: Url, html: &str) -> Page {
        Page { address, html: html.to_owned() }
    }

    /// What a person reads.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.html.contains(text)
    }
}

/// A browser without a window.
pub(crate) struct Browser(pub(crate) HyperTransport);

impl Browser {
    /// Submits the page's form by the button with this `value`, or as its script does, and gives
    /// the page that follows.
    pub(crate) async fn submit(&self, page: &Page, button: Option<&str>) -> Result<Page, Failure> {
        let form = Form::of(&page.html).ok_or("the page has no form to submit")?;
        let address = page.address.join(&form.action)?;
        let request = http::Request::post(address.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.encoded(button)?.into())?;
        let response = self.0.send(request).await?;
        if !response.status().is_success() {
            return Err(format!("the browser was answered {}", response.status()).into());
        }
        Ok(Page { address, html: String::from_utf8(response.into_body().into())? })
    }

    /// Posts JSON, as anybody on the internet can.
    pub(crate) async fn post_json(
        &self,
        address: &Url,
        body: String,
    ) -> Result<http::StatusCode, Failure> {
        let request = http::Request::post(address.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))?;
        Ok(self.0.send(request).await?.status())
    }
}

/// The first form of a page: enough of HTML for the two pages a payer meets here, both made by
/// programs of ours.
struct Form {
    action: String,
    inputs: Vec<Field>,
    buttons: Vec<Field>,
}

struct Field {
    name: Option<String>,
    value: String,
}

impl Form {
    fn of(html: &str) -> Option<Form> {
        let (_, rest) = html.split_once("<form")?;
        let (form, _) = rest.split_once("</form>")?;
        let (head, content) = form.split_once('>')?;
        let fields = |tag: &str| {
            let tags = content.split(tag).skip(1).filter_map(|rest| rest.split_once('>'));
            tags.map(|(tag, _)| Field {
                name: attribute(tag, "name"),
                value: attribute(tag, "value").unwrap_or_default(),
            })
            .collect()
        };
        Some(Form {
            action: attribute(head, "action")?,
            inputs: fields("<input"),
            buttons: fields("<button"),
        })
    }

    fn encoded(&self, button: Option<&str>) -> Result<String, Failure> {
        let pressed = match button {
            Some(value) => Some(
                self.buttons.iter().find(|button| button.value == value).ok_or("no such button")?,
            ),
            None => None,
        };
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        for field in self.inputs.iter().chain(pressed) {
            if let Some(name) = &field.name {
                encoded.append_pair(name, &field.value);
            }
        }
        Ok(encoded.finish())
    }
}

/// The value of an attribute. Both pages write them in double quotes and escape the quotes inside.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescaped(value))
}

/// Character references back into characters; one that is not known stays as it is.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part
            .split_once(';')
            .and_then(|(name, rest)| character(name).map(|character| (character, rest)))
        {
            Some((character, rest)) => {
                plain.push(character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => name.strip_prefix('#')?.parse().ok().and_then(char::from_u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<p>name="not this"</p><form method="post" action="https://acs/?a=1&amp;b=2">
        <input type="hidden" name="PaReq" value="a+b/=&#61;&quot;&lt;&gt;&amp;lt;">
        <input type="hidden" name="MD" value=""><input type="submit">
        <button name="choice" value="approve">Yes</button><button name="choice" value="decline">No</button></form>
        <form action="other"><input name="x" value="y"></form>"#;

    #[test]
    fn a_form_is_sent_as_a_browser_sends_it() {
        let form = Form::of(PAGE).unwrap();
        assert_eq!(form.action, "https://acs/?a=1&b=2");
        let inputs = "PaReq=a%2Bb%2F%3D%3D%22%3C%3E%26lt%3B&MD=";
        assert_eq!(form.encoded(None).unwrap(), inputs);
        assert_eq!(form.encoded(Some("decline")).unwrap(), format!("{inputs}&choice=decline"));
        assert!(form.encoded(Some("maybe")).is_err());
        assert!(Form::of("<p>none</p>").is_none());
    }

    #[test]
    fn what_is_no_reference_stays() {
        for (text, plain) in [
            ("a&b", "a&b"),
            ("&;&x;", "&;&x;"),
            ("&#10;&#x41;", "\n&#x41;"),
            ("&#1114112;", "&#1114112;"),
        ] {
            assert_eq!(unescaped(text), plain);
        }
    }
}
