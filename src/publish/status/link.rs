//! Addresses from outside.

/// The address, if a browser may be sent there: of the web, and without a password.
pub(super) fn web_address(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let safe = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    safe.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to() {
        assert_eq!(web_address("https://ci.example.org/builds/7").as_deref(), Some("https://ci.example.org/builds/7"));
        for wrong in
            ["javascript:alert(1)", "data:text/html,x", "//ci", "ci/7", "https://a:b@ci/7", "file:///etc/passwd"]
        {
            assert_eq!(web_address(wrong), None, "{wrong}");
        }
    }
}
