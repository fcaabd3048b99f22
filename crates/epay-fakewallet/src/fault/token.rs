//! Faults of the token's JSON: its type, version, members and length.

use super::row::faults;
use crate::json::{Object, quoted};

/// The longest token that a reader takes.
const LIMIT: usize = 64 * 1024;

faults! { BOTH on Both:
    cms {
        "the signature is an empty text": Json |j| j.text("signature", "");
    }
    ok {
        "nothing is wrong": Order |_| ();
        "the members come in the reverse order": Json |j| j.reverse();
        "the token has a member that nobody knows": Json |j| j.set("newIn2027", r#"{"a":[1,2.5,null,true]}"#);
        "the header has a member that nobody knows": Json |j| j.object("header").set("newIn2027", "[{}]");
        "the transaction id is in both cases": Json |j| j.object("header").change("transactionId", |hex| {
            hex[..32].to_uppercase() + &hex[32..]
        });
        "the JSON has spaces and newlines between its parts":
            Text |t| *t = format!(" {}\n", t.replace(':', "\r:\t").replace(',', ",\n  "));
        "slashes are escaped, as iOS writes them": Text |t| *t = t.replace('/', "\\/");
        "letters of the version are escaped": Text |t| *t = t.replace("_v1", "\\u005fv\\u0031");
        "the token has exactly 64 KiB": Text |t| pad(t, LIMIT);
    }
    token {
        "there is a Data beside the data": Json |j| j.text("Data", "AAAA");
        "the token has 64 KiB and a byte": Text |t| pad(t, LIMIT + 1);
        "64 KiB of spaces follow the token": Text |t| t.push_str(&" ".repeat(LIMIT));
        "the token is empty": Text |t| t.clear();
        "the token is null": Text |t| *t = "null".to_owned();
        "the token is in a list": Text |t| *t = format!("[{t}]");
        "the token is JSON within a JSON text": Text |t| *t = quoted(t);
        "the token lacks its last byte": Text |t| { t.pop(); };
        "the token lacks its second half": Text |t| t.truncate(t.len() / 2);
        "the token is there twice": Text |t| *t = t.repeat(2);
        "letters follow the token": Text |t| t.push_str("null");
        "a zero byte follows the token": Text |t| t.push('\0');
        "a byte order mark precedes the token": Text |t| t.insert(0, '\u{FEFF}');
        "a comma follows the last member": Text |t| { t.pop(); t.push_str(",}"); };
        "a comment precedes the token": Text |t| t.insert_str(0, "/* token */");
        "an unknown member is NaN": Json |j| j.set("unknown", "NaN");
        "a text has a tab that is not escaped": Json |j| j.set("unknown", "\"a\tb\"");
        "a text has an escape that there is not": Json |j| j.set("unknown", r#""a\xb""#);
        "a text stands in single quotes": Json |j| j.set("unknown", "'a'");
        "an unknown member is 5000 lists deep":
            Json |j| j.set("unknown", format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)));
        "the token is a StoreKit transaction":
            Text |t| *t = r#"{"signedTransactionInfo":"eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"}"#.to_owned();
        "the token is a JWS": Text |t| *t = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln".to_owned();
        "the token is Google Pay's":
            Text |t| *t = r#"{"protocolVersion":"ECv2","signature":"MEQ=","signedMessage":"{}"}"#.to_owned();
        "the token is a payload in clear":
            Text |t| *t = r#"{"applicationPrimaryAccountNumber":"4109370251004320"}"#.to_owned();

        "the version is EC_v2": Json |j| j.text("version", "EC_v2");
        "the version is in lower case": Json |j| j.change("version", |text| text.to_lowercase());
        "the version is empty": Json |j| j.text("version", "");
        "a space follows the version": Json |j| j.change("version", |text| text + " ");
        "the version is a number": Json |j| j.set("version", "1");
        "the version is null": Json |j| j.set("version", "null");
        "there is no version": Json |j| j.remove("version");
        "the version's name has a capital": Json |j| j.rename("version", "Version");
        "the token says the version of the other kind of key":
            Json |j| j.change("version", |text| if text == "EC_v1" { "RSA_v1".to_owned() } else { "EC_v1".to_owned() });
        "the key has the name of the other version's": Json |j| {
            let header = j.object("header");
            if header.read("wrappedKey").is_empty() {
                header.rename("ephemeralPublicKey", "wrappedKey");
            } else {
                header.rename("wrappedKey", "ephemeralPublicKey");
            }
        };
        "the token has an ephemeral key and a wrapped one": Json |j| {
            let header = j.object("header");
            let key = if header.read("wrappedKey").is_empty() { "wrappedKey" } else { "ephemeralPublicKey" };
            header.text(key, &"A".repeat(344));
        };
        "there is no data": Json |j| j.remove("data");
        "the data is a number": Json |j| j.set("data", "1");
        "the data is null": Json |j| j.set("data", "null");
        "the data is empty": Sealed |s| s.data.clear();
        "the data has 15 bytes": Sealed |s| s.data.truncate(15);
        "there is no signature": Json |j| j.remove("signature");
        "the signature is null": Json |j| j.set("signature", "null");
        "the signature is a list": Json |j| j.set("signature", "[]");
        "there is no header": Json |j| j.remove("header");
        "the header is null": Json |j| j.set("header", "null");
        "the header is a list": Json |j| j.set("header", "[]");
        "the header is JSON within a text": Json |j| { let text = j.read("header"); j.text("header", &text); };
        "the header is empty": Json |j| j.set("header", "{}");
        "the header's members stand beside the others":
            Text |t| *t = t.replacen(r#""header":{"#, "", 1).replacen("}}", "}", 1);
        "there is no key": Json |j| key(j, Object::remove);
        "the key is null": Json |j| key(j, |header, name| header.set(name, "null"));
        "there is no key hash": Json |j| j.object("header").remove("publicKeyHash");
        "the key hash is null": Json |j| j.object("header").set("publicKeyHash", "null");
        "there is no transaction id": Json |j| j.object("header").remove("transactionId");
        "the transaction id is null": Json |j| j.object("header").set("transactionId", "null");
        "the transaction id is a number": Json |j| j.object("header").set("transactionId", "7".repeat(64));
        "the applicationData is a number": Json |j| j.object("header").set("applicationData", "7".repeat(64));

        "the version is there twice": Json |j| j.double("version");
        "the data is there twice": Json |j| j.double("data");
        "the data is there twice, once with an escape in its name":
            Text |t| *t = t.replacen('{', r#"{"d\u0061ta":"AAAA","#, 1);
        "other data stands before the right": Text |t| *t = t.replacen('{', r#"{"data":"AAAA","#, 1);
        "the signature is a member twice": Json |j| j.double("signature");
        "the header is there twice": Json |j| j.double("header");
        "the key is there twice": Json |j| key(j, Object::double);
        "the key hash is there twice": Json |j| j.object("header").double("publicKeyHash");
        "the transaction id is there twice": Json |j| j.object("header").double("transactionId");
        "an unknown member is there twice": Json |j| { j.set("unknown", "1"); j.double("unknown"); };
    }
}

faults! { EC on Ec:
    token {
        "the ephemeral key is empty": Json |j| j.object("header").text("ephemeralPublicKey", "");
        "the token has 4 MiB": Text |t| pad(t, 4 * 1024 * 1024);
        "the ephemeral key is compressed": Sealed |s| s.key = super::opening::compressed(&s.key);
        "the ephemeral key is in the hybrid form": Sealed |s| s.key[26] = 6 | (s.key[90] & 1);
        "the ephemeral key is the point at infinity": Sealed |s| s.key = super::opening::point(&[0]);
        "the ephemeral key is on P-384": Sealed |s| s.key = super::opening::other_key("P-384");
        "the ephemeral key is an RSA key": Sealed |s| s.key = super::opening::other_key("RSA");
        "the ephemeral key spells its curve out": Sealed |s| s.key = super::opening::explicit(&s.key);
        "the ephemeral key is a bare point": Sealed |s| { s.key.drain(..26); };
        "a byte follows the ephemeral key": Sealed |s| s.key.push(0);
        "the ephemeral key lacks its last byte": Sealed |s| { s.key.pop(); };
        "the ephemeral key's length has a byte too many": Sealed |s| { s.key.splice(1..2, [0x81, 89]); };
        "the ephemeral key's bit string has unused bits": Sealed |s| s.key[25] = 1;
        "the ephemeral key names another algorithm": Sealed |s| s.key[12] = 0x0C;
        "the ephemeral key is 91 zero bytes": Sealed |s| s.key.fill(0);
    }
}

faults! { RSA on Rsa:
    token {
        "an RSA_v1 token says EC_v1 and calls its wrapped key an ephemeral one": Json |j| {
            j.text("version", "EC_v1");
            j.object("header").rename("wrappedKey", "ephemeralPublicKey");
        };
    }
}

/// Makes the text as long as this by a member that nobody knows.
fn pad(text: &mut String, length: usize) {
    const AROUND: usize = r#","x":"""#.len();
    text.pop();
    let filling = "a".repeat(length - text.len() - AROUND - 1);
    text.push_str(&format!(r#","x":"{filling}"}}"#));
}

fn key(token: &mut Object, by: impl FnOnce(&mut Object, &str)) {
    let header = token.object("header");
    let name =
        if header.read("wrappedKey").is_empty() { "ephemeralPublicKey" } else { "wrappedKey" };
    by(header, name);
}
