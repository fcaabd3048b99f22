//! Faults of the token's JSON: what it is, which version it says, which members it has, how long it is.

use super::row::faults;
use crate::wallet::json::{Object, quoted};

/// The longest token that a reader takes.
const LIMIT: usize = 64 * 1024;

faults! { BOTH on Both:
    cms {
        SIGNATURE_MEMBER_EMPTY "the signature is an empty text": Json |j| j.text("signature", "");
    }
    ok {
        UNTOUCHED "nothing is wrong": Order |_| ();
        MEMBERS_REVERSED "the members come in the reverse order": Json |j| j.reverse();
        UNKNOWN_MEMBER "the token has a member that nobody knows":
            Json |j| j.set("newIn2027", r#"{"a":[1,2.5,null,true]}"#);
        UNKNOWN_HEADER_MEMBER "the header has a member that nobody knows":
            Json |j| j.object("header").set("newIn2027", "[{}]");
        OTHER_CASE_MEMBER "there is a Data beside the data": Json |j| j.text("Data", "AAAA");
        MIXED_CASE_TRANSACTION_ID "the transaction id is in both cases":
            Json |j| j.object("header").change("transactionId", |hex| {
            hex[..32].to_uppercase() + &hex[32..]
        });
        JSON_WITH_WHITESPACE "the JSON has spaces and newlines between its parts":
            Text |t| *t = format!(" {}\n", t.replace(':', "\r:\t").replace(',', ",\n  "));
        ESCAPED_SLASHES "slashes are escaped, as iOS writes them": Text |t| *t = t.replace('/', "\\/");
        ESCAPED_LETTERS "letters of the version are escaped": Text |t| *t = t.replace("_v1", "\\u005fv\\u0031");
        TOKEN_OF_64_KIB "the token has exactly 64 KiB": Text |t| pad(t, LIMIT);
    }
    token {
        TOKEN_OVER_64_KIB "the token has 64 KiB and a byte": Text |t| pad(t, LIMIT + 1);
        TOKEN_OF_SPACES "64 KiB of spaces follow the token": Text |t| t.push_str(&" ".repeat(LIMIT));
        TOKEN_EMPTY "the token is empty": Text |t| t.clear();
        TOKEN_NULL "the token is null": Text |t| *t = "null".to_owned();
        TOKEN_IN_A_LIST "the token is in a list": Text |t| *t = format!("[{t}]");
        TOKEN_IN_A_TEXT "the token is JSON within a JSON text": Text |t| *t = quoted(t);
        TOKEN_CUT "the token lacks its last byte": Text |t| { t.pop(); };
        TOKEN_HALVED "the token lacks its second half": Text |t| t.truncate(t.len() / 2);
        TOKEN_TWICE "the token is there twice": Text |t| *t = t.repeat(2);
        TOKEN_WITH_TRAILING_TEXT "letters follow the token": Text |t| t.push_str("null");
        TOKEN_WITH_TRAILING_NUL "a zero byte follows the token": Text |t| t.push('\0');
        TOKEN_WITH_BOM "a byte order mark precedes the token": Text |t| t.insert(0, '\u{FEFF}');
        TOKEN_WITH_TRAILING_COMMA "a comma follows the last member": Text |t| { t.pop(); t.push_str(",}"); };
        TOKEN_WITH_COMMENT "a comment precedes the token": Text |t| t.insert_str(0, "/* token */");
        TOKEN_WITH_NAN "an unknown member is NaN": Json |j| j.set("unknown", "NaN");
        TOKEN_WITH_TAB "a text has a tab that is not escaped": Json |j| j.set("unknown", "\"a\tb\"");
        TOKEN_WITH_BAD_ESCAPE "a text has an escape that there is not": Json |j| j.set("unknown", r#""a\xb""#);
        TOKEN_WITH_SINGLE_QUOTES "a text stands in single quotes": Json |j| j.set("unknown", "'a'");
        TOKEN_NESTED "an unknown member is 5000 lists deep":
            Json |j| j.set("unknown", format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)));
        STORE_KIT "the token is a StoreKit transaction":
            Text |t| *t = r#"{"signedTransactionInfo":"eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"}"#.to_owned();
        JWS "the token is a JWS": Text |t| *t = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln".to_owned();
        GOOGLE_PAY "the token is Google Pay's":
            Text |t| *t = r#"{"protocolVersion":"ECv2","signature":"MEQ=","signedMessage":"{}"}"#.to_owned();
        PAYLOAD_IN_CLEAR "the token is a payload in clear":
            Text |t| *t = r#"{"applicationPrimaryAccountNumber":"4109370251004320"}"#.to_owned();

        VERSION_UNKNOWN "the version is EC_v2": Json |j| j.text("version", "EC_v2");
        VERSION_LOWER_CASE "the version is in lower case": Json |j| j.change("version", |text| text.to_lowercase());
        VERSION_EMPTY "the version is empty": Json |j| j.text("version", "");
        VERSION_WITH_SPACE "a space follows the version": Json |j| j.change("version", |text| text + " ");
        VERSION_NUMBER "the version is a number": Json |j| j.set("version", "1");
        VERSION_NULL "the version is null": Json |j| j.set("version", "null");
        VERSION_MISSING "there is no version": Json |j| j.remove("version");
        VERSION_CAPITAL "the version's name has a capital": Json |j| j.rename("version", "Version");
        VERSION_OF_THE_OTHER "the token says the version of the other kind of key":
            Json |j| j.change("version", |text| if text == "EC_v1" { "RSA_v1".to_owned() } else { "EC_v1".to_owned() });
        KEY_OF_THE_OTHER "the key has the name of the other version's": Json |j| {
            let header = j.object("header");
            if header.read("wrappedKey").is_empty() {
                header.rename("ephemeralPublicKey", "wrappedKey");
            } else {
                header.rename("wrappedKey", "ephemeralPublicKey");
            }
        };
        TWO_KEYS "the token has an ephemeral key and a wrapped one": Json |j| {
            let header = j.object("header");
            let key = if header.read("wrappedKey").is_empty() { "wrappedKey" } else { "ephemeralPublicKey" };
            header.text(key, &"A".repeat(344));
        };
        DATA_MISSING "there is no data": Json |j| j.remove("data");
        DATA_NUMBER "the data is a number": Json |j| j.set("data", "1");
        DATA_NULL "the data is null": Json |j| j.set("data", "null");
        DATA_EMPTY "the data is empty": Sealed |s| s.data.clear();
        DATA_SHORTER_THAN_A_TAG "the data has 15 bytes": Sealed |s| s.data.truncate(15);
        SIGNATURE_MISSING "there is no signature": Json |j| j.remove("signature");
        SIGNATURE_NULL "the signature is null": Json |j| j.set("signature", "null");
        SIGNATURE_LIST "the signature is a list": Json |j| j.set("signature", "[]");
        HEADER_MISSING "there is no header": Json |j| j.remove("header");
        HEADER_NULL "the header is null": Json |j| j.set("header", "null");
        HEADER_LIST "the header is a list": Json |j| j.set("header", "[]");
        HEADER_TEXT "the header is JSON within a text":
            Json |j| { let text = j.read("header"); j.text("header", &text); };
        HEADER_EMPTY "the header is empty": Json |j| j.set("header", "{}");
        HEADER_FLAT "the header's members stand beside the others":
            Text |t| *t = t.replacen(r#""header":{"#, "", 1).replacen("}}", "}", 1);
        KEY_MISSING "there is no key": Json |j| key(j, Object::remove);
        KEY_NULL "the key is null": Json |j| key(j, |header, name| header.set(name, "null"));
        HASH_MISSING "there is no key hash": Json |j| j.object("header").remove("publicKeyHash");
        HASH_NULL "the key hash is null": Json |j| j.object("header").set("publicKeyHash", "null");
        TRANSACTION_ID_MISSING "there is no transaction id": Json |j| j.object("header").remove("transactionId");
        TRANSACTION_ID_NULL "the transaction id is null": Json |j| j.object("header").set("transactionId", "null");
        TRANSACTION_ID_NUMBER "the transaction id is a number":
            Json |j| j.object("header").set("transactionId", "7".repeat(64));
        APPLICATION_DATA_NUMBER "the applicationData is a number":
            Json |j| j.object("header").set("applicationData", "7".repeat(64));

        VERSION_TWICE "the version is there twice": Json |j| j.double("version");
        DATA_TWICE "the data is there twice": Json |j| j.double("data");
        DATA_TWICE_BY_ESCAPE "the data is there twice, once with an escape in its name":
            Text |t| *t = t.replacen('{', r#"{"d\u0061ta":"AAAA","#, 1);
        OTHER_DATA_FIRST "other data stands before the right": Text |t| *t = t.replacen('{', r#"{"data":"AAAA","#, 1);
        SIGNATURE_DOUBLED "the signature is a member twice": Json |j| j.double("signature");
        HEADER_TWICE "the header is there twice": Json |j| j.double("header");
        KEY_TWICE "the key is there twice": Json |j| key(j, Object::double);
        HASH_TWICE "the key hash is there twice": Json |j| j.object("header").double("publicKeyHash");
        TRANSACTION_ID_TWICE "the transaction id is there twice": Json |j| j.object("header").double("transactionId");
        UNKNOWN_TWICE "an unknown member is there twice": Json |j| { j.set("unknown", "1"); j.double("unknown"); };
    }
}

faults! { EC on Ec:
    token {
        KEY_EMPTY "the ephemeral key is empty": Json |j| j.object("header").text("ephemeralPublicKey", "");
        TOKEN_OF_4_MIB "the token has 4 MiB": Text |t| pad(t, 4 * 1024 * 1024);
        POINT_COMPRESSED "the ephemeral key is compressed": Sealed |s| s.key = super::opening::compressed(&s.key);
        POINT_HYBRID "the ephemeral key is in the hybrid form": Sealed |s| s.key[26] = 6 | (s.key[90] & 1);
        POINT_AT_INFINITY "the ephemeral key is the point at infinity": Sealed |s| s.key = super::opening::point(&[0]);
        POINT_ON_P384 "the ephemeral key is on P-384": Sealed |s| s.key = super::opening::other_key("P-384");
        POINT_IS_RSA "the ephemeral key is an RSA key": Sealed |s| s.key = super::opening::other_key("RSA");
        POINT_WITH_EXPLICIT_CURVE "the ephemeral key spells its curve out":
            Sealed |s| s.key = super::opening::explicit(&s.key);
        POINT_WITHOUT_SPKI "the ephemeral key is a bare point": Sealed |s| { s.key.drain(..26); };
        POINT_WITH_TRAILING_BYTE "a byte follows the ephemeral key": Sealed |s| s.key.push(0);
        POINT_CUT "the ephemeral key lacks its last byte": Sealed |s| { s.key.pop(); };
        POINT_WITH_LONG_LENGTH "the ephemeral key's length has a byte too many":
            Sealed |s| { s.key.splice(1..2, [0x81, 89]); };
        POINT_WITH_UNUSED_BITS "the ephemeral key's bit string has unused bits": Sealed |s| s.key[25] = 1;
        POINT_OF_OTHER_ALGORITHM "the ephemeral key names another algorithm": Sealed |s| s.key[12] = 0x0C;
        POINT_OF_ZEROS "the ephemeral key is 91 zero bytes": Sealed |s| s.key.fill(0);
    }
}

faults! { RSA on Rsa:
    token {
        RSA_RELABELLED "an RSA_v1 token says EC_v1 and calls its wrapped key an ephemeral one": Json |j| {
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
