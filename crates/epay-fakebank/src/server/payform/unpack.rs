//! The order is unpacked as lz-string's `decompressFromEncodedURIComponent` does, and into a bounded text: a short packed one may ask for gigabytes.

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$";

/// The longest text, in UTF-16 units. The page of an address is no longer either.
const LONGEST: usize = 32 * 1024;

/// `None` where it was not packed so, or holds too much.
pub(super) fn unpack(packed: &str) -> Option<String> {
    let mut bits = Bits { digits: packed.chars(), digit: 0, left: 0 };
    let mut text: Vec<u16> = Vec::new();
    // A phrase is a piece of the text: where it begins, and how long it is. Codes 0, 1 and 2 are none.
    let mut phrases: Vec<(usize, usize)> = vec![(0, 0); 3];
    let mut before: Option<(usize, usize)> = None;
    loop {
        let width = usize::BITS - phrases.len().leading_zeros();
        let begin = text.len();
        match bits.take(width)? {
            2 => return String::from_utf16(&text).ok(),
            code @ (0 | 1) => {
                let unit = bits.take(if code == 0 { 8 } else { 16 })?;
                text.push(u16::try_from(unit).ok()?);
                phrases.push((begin, 1));
            }
            code if code == phrases.len() => {
                let (from, length) = before?;
                text.extend_from_within(from..from + length);
                text.push(*text.get(from)?);
            }
            code => {
                let (from, length) = *phrases.get(code)?;
                text.extend_from_within(from..from + length);
            }
        }
        if text.len() > LONGEST {
            return None;
        }
        // The phrase before and the unit after it, which stand side by side.
        phrases.extend(before.map(|(from, length)| (from, length + 1)));
        before = Some((begin, text.len() - begin));
    }
}

/// Six bits a digit, the highest first; numbers come lowest bit first.
struct Bits<'a> {
    digits: std::str::Chars<'a>,
    digit: usize,
    left: u32,
}

impl Bits<'_> {
    fn take(&mut self, width: u32) -> Option<usize> {
        let mut number = 0;
        for place in 0..width {
            if self.left == 0 {
                // A `+` in a query is read as a space.
                let digit = self.digits.next().map(|it| if it == ' ' { '+' } else { it })?;
                self.digit = ALPHABET.find(digit)?;
                self.left = 6;
            }
            self.left -= 1;
            number |= (self.digit >> self.left & 1) << place;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lz-string 1.5.0 packs.
    #[test]
    fn what_the_script_packs_is_unpacked() {
        let cases = [
            ("", "Q"),
            ("a", "IZA"),
            ("aaaaaaaaaaaaaaaaaaaa", "IY1-kA"),
            (
                "invoiceId=1000001&amount=100&auth%5Baccess_token%5D=abc",
                "JYOwbg9sDGCmCSATAvARgAyc6gZAQwFsIBXEAFzU32LIAsBSAVgCE9o4BnDgfTIgGtYIJgBFkeAEbQgA",
            ),
            ("заказ № 7 — қазақша 🙂", "uwggYQRcICwASGiEUOxUCgEVDZIJErASICKheDcCE9oA"),
            (
                &"abababababcabcabcabcaaaaaaaaaaa".repeat(5),
                "IYI17EGNR7eIpzGQg+mYp2vcCEcU8JCtiT1JzDLEg",
            ),
        ];
        for (text, packed) in cases {
            assert_eq!(unpack(packed).as_deref(), Some(text), "{packed}");
            assert_eq!(unpack(&packed.replace('+', " ")).as_deref(), Some(text), "{packed}");
        }
    }

    #[test]
    fn what_nobody_packed_is_none() {
        for packed in ["", "I", "IZ", "*", "IZ%", "$$$$", "{\"invoiceId\":1}"] {
            assert_eq!(unpack(packed), None, "{packed}");
        }
    }

    #[test]
    fn a_text_that_grows_without_end_is_none() {
        // Every code asks for the phrase that is being made: a unit more each time.
        let mut packed = Packed::default();
        packed.push(0, 2);
        packed.push(u32::from(b'a'), 8);
        for count in 4_u32..4_000 {
            packed.push(count, 32 - count.leading_zeros());
        }
        assert_eq!(unpack(&packed.0), None);
    }

    #[derive(Default)]
    struct Packed(String, Vec<u32>);

    impl Packed {
        fn push(&mut self, number: u32, width: u32) {
            self.1.extend((0..width).map(|place| number >> place & 1));
            while self.1.len() >= 6 {
                let digit = self.1.drain(..6).fold(0, |digit, bit| digit << 1 | bit);
                self.0.push(ALPHABET.chars().nth(digit as usize).unwrap());
            }
        }
    }
}
