//! Parts of texts that have parts: where they are in the canonical text.

use std::ops::Range;

use zt_values::email;
use zt_values::url::Url;

use crate::schema::Part;

/// A part of a canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Bytes of the text.
    Text(Range<usize>),
    /// A number.
    Number(u64),
}

/// Finds a part of a canonical text; nothing in a text of another kind.
pub(crate) fn find(text: &str, part: Part) -> Option<Found> {
    let url = || Url::parse(text).ok();
    let at = text.len().checked_sub(email::domain(text).len());
    Some(match part {
        Part::EmailLocal => Found::Text(0..email::local(text).len()),
        Part::EmailDomain => Found::Text(at?..text.len()),
        Part::UrlScheme => Found::Text(url()?.parts().scheme.clone()),
        Part::UrlHost => Found::Text(url()?.parts().host.clone()),
        Part::UrlPort => Found::Number(url()?.port().into()),
        Part::UrlPath => Found::Text(url()?.parts().path.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_canonical_texts() {
        let text = |whole: &'static str, part| match find(whole, part) {
            Some(Found::Text(range)) => whole.get(range).unwrap(),
            other => panic!("{other:?}"),
        };
        let url = "https://[::1]:8443/a/b/?q";
        let parts = [Part::UrlScheme, Part::UrlHost, Part::UrlPath].map(|part| text(url, part));
        assert_eq!(parts, ["https", "::1", "/a/b"]);
        assert_eq!(find(url, Part::UrlPort), Some(Found::Number(8443)));
        assert_eq!(find("http://a.example/", Part::UrlPort), Some(Found::Number(80)));
        let email = [Part::EmailLocal, Part::EmailDomain].map(|part| text("a.b@c.example", part));
        assert_eq!(email, ["a.b", "c.example"]);
        assert_eq!(find("a@b", Part::UrlHost), None);
    }
}
