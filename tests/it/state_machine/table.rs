//! A Markdown table with a corner, a head and rows, padded so that it reads as plain text too.

pub(crate) fn table(corner: &str, head: &[String], rows: &[(String, Vec<String>)]) -> String {
    let mut lines = vec![[&[corner.to_owned()], head].concat()];
    lines.extend(rows.iter().map(|(name, cells)| [std::slice::from_ref(name), cells].concat()));
    let columns = lines[0].len();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let print = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule = format!(
        "|{}\n",
        widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect::<String>()
    );
    let (head, body) = lines.split_first().unwrap();
    format!("{}{rule}{}", print(head), body.iter().map(print).collect::<String>())
}
