//! A page that people write holds parts that a command writes, each between its marks: `<!-- name -->`, `<!-- /name -->`.

/// `page` with `text` between the marks of `name`; `None` where it has not both.
pub(crate) fn with(page: &str, name: &str, text: &str) -> Option<String> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&open)?;
    let (_, after) = rest.split_once(&close)?;
    Some(format!("{before}{open}\n{text}{close}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else_is_touched() {
        let page = "# Page\n<!-- one -->\nold\n<!-- /one -->\nend\n";
        let wanted = "# Page\n<!-- one -->\nnew\n<!-- /one -->\nend\n";
        assert_eq!(with(page, "one", "new\n").as_deref(), Some(wanted));
        for page in ["# Page\n", "<!-- /one --><!-- one -->", "<!-- two --><!-- /two -->"] {
            assert_eq!(with(page, "one", "new\n"), None, "{page}");
        }
    }
}
