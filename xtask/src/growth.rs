//! The picture of how the hot paths grow with the log, drawn from the rows of a bench.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

pub(crate) const FILE: &str = "docs/pictures/growth.svg";

/// Where the axes are.
const LEFT: u64 = 52;
const RIGHT: u64 = 420;
const TOP: u64 = 70;
const BOTTOM: u64 = 300;
/// The axes end at a million payments, and at twice the time.
const DECADES: u64 = 3;
const MOST: u64 = 2_000;
const COLOURS: [&str; 7] =
    ["#24435f", "#2c7a51", "#c0392b", "#b07d12", "#7a4f9a", "#1f8a8a", "#8a5a44"];

/// Of each path the size of a log in payments, and how many thousandths of its time at 1,000 it takes.
type Lines<'a> = BTreeMap<&'a str, BTreeMap<u64, u64>>;

/// `None` where no row says how something grows.
pub(crate) fn draw(rows: &[Value]) -> Option<String> {
    let mut lines = Lines::new();
    for row in rows {
        let number = |name: &str| row.get(name).and_then(Value::as_u64);
        let what = row.get("grows").and_then(Value::as_str);
        if let (Some(what), Some(size), Some(permille)) =
            (what, number("size"), number("ratio_permille"))
        {
            let line = lines.entry(what).or_insert_with(|| BTreeMap::from([(1_000, 1_000)]));
            line.insert(size, permille);
        }
    }
    (!lines.is_empty()).then(|| svg(&lines))
}

fn svg(lines: &Lines<'_>) -> String {
    let high = BOTTOM + 50 + 20 * u64::try_from(lines.len()).unwrap_or_default();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 440 {high}\" width=\"440\" \
         style=\"max-width:100%\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">As the log grows</title>\n<style>\n\
         text{{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;font-size:13px;fill:#51606f}}\n\
         .title{{font-size:17px;font-weight:650;fill:#1c2733}}\n\
         .paper{{fill:#fbfaf6;stroke:#d8d4c8}}\n.axis{{stroke:#d8d4c8;stroke-width:1.5}}\n\
         .line{{fill:none;stroke-width:2;stroke-linejoin:round}}\n</style>\n\
         <rect class=\"paper\" x=\"1\" y=\"1\" width=\"438\" height=\"{}\" rx=\"8\"/>\n\
         <text class=\"title\" x=\"220\" y=\"34\" text-anchor=\"middle\">As the log grows</text>\n\
         <text x=\"220\" y=\"54\" text-anchor=\"middle\">processor time, as many times that of 1,000 payments</text>\n",
        high - 2
    );
    for (permille, label) in [(0, "0"), (1_000, "1 ×"), (2_000, "2 ×")] {
        let y = height(permille);
        let _ = writeln!(
            svg,
            "<path class=\"axis\" d=\"M{LEFT} {y}H{RIGHT}\"/>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6,
            y + 4
        );
    }
    for (size, label) in
        [(1_000, "1,000"), (10_000, "10,000"), (100_000, "100,000"), (1_000_000, "1,000,000")]
    {
        let anchor = if size == 1_000_000 { "end" } else { "middle" };
        let (x, y) = (across(size), BOTTOM + 18);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{label}</text>");
    }
    for ((what, points), (colour, at)) in lines.iter().zip(COLOURS.iter().cycle().zip(0_u64..)) {
        let points = points
            .iter()
            .map(|(size, permille)| format!("{} {}", across(*size), height(*permille)));
        let (path, y) = (points.collect::<Vec<_>>().join("L"), BOTTOM + 44 + 20 * at);
        let _ = writeln!(
            svg,
            "<path class=\"line\" stroke=\"{colour}\" d=\"M{path}\"/>\n\
             <path class=\"line\" stroke=\"{colour}\" d=\"M{LEFT} {}h24\"/>\n\
             <text x=\"{}\" y=\"{y}\">{what}</text>",
            y - 4,
            LEFT + 32
        );
    }
    svg + "</svg>\n"
}

/// A thousand is at the left, and each ten times as many as far again.
fn across(size: u64) -> u64 {
    LEFT + (RIGHT - LEFT) * u64::from(size.max(1_000).ilog10() - 3) / DECADES
}

fn height(permille: u64) -> u64 {
    BOTTOM - (BOTTOM - TOP) * permille.min(MOST) / MOST
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_grows_is_a_line_from_one() {
        let row = |size: u64, permille: u64| json!({ "grows": "load", "size": size, "ratio_permille": permille });
        let picture = draw(&[row(100_000, 1_500), row(10_000, 1_000), json!({})]).unwrap();
        assert!(picture.contains("d=\"M52 185L174 185L297 128\""), "{picture}");
        assert!(picture.contains(">load</text>"), "{picture}");
        assert_eq!(draw(&[json!({ "what": "seal" })]), None);
    }
}
