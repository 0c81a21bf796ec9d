//! Feeds of tags and of releases.

use super::*;

#[test]
fn a_feed_of_tags_is_read() {
    let versions = of(TAGS);
    assert_eq!(names(&versions), ["2.14.0rc1", "2.13.5"]);
    assert_eq!(
        versions.versions[0],
        UpstreamVersion {
            version: "2.14.0rc1".to_owned(),
            published: Some(Published::At("2022-10-17T18:11:12Z".parse().expect("a time"))),
            url: Some("https://github.com/ansible/ansible/releases/tag/v2.14.0rc1".to_owned()),
            is_prerelease: true,
            notes: "v2.14.0rc1".to_owned()
        }
    );
    assert!(!versions.versions[1].is_prerelease);
    assert_eq!(versions.versions[1].notes, "v2.13.5: New release v2.13.5");
}

#[test]
fn a_feed_of_releases_is_read_by_its_tags_and_not_by_its_titles() {
    let versions = of(RELEASES);
    assert_eq!(names(&versions), ["1.31.4", "1.30.4"]);
    assert_eq!(versions.versions[0].notes, "nginx-1.31.4 & more");
    assert_eq!(
        versions.warnings,
        [r#"3 of 5 entries left out, being no versions: "docs-1.2", "nightly", "unit/v9.9.9""#]
    );
}

#[test]
fn feeds_of_other_forges_are_read() {
    let entry = |link: &str, title: &str| format!(r#"<entry><title>{title}</title><link href="{link}"/></entry>"#);
    for (link, title, version) in [
        ("https://gitlab.com/group/sub/curl/-/tags/curl-8_5_0", "8.5", "8.5.0"),
        ("https://gitlab.com/group/tool/-/releases/v1.2%2Bb3", "Spring", "1.2+b3"),
        ("https://codeberg.org/forgejo/forgejo/releases/tag/v11.0.3", "Forgejo", "11.0.3"),
        ("https://codeberg.org/forgejo/forgejo/src/tag/v11.0.3", "v11.0.3", "11.0.3"),
        ("https://example.org/download/1.4.2/", "The summer release", "1.4.2"),
        ("https://example.org/news/17", "Release 1.4.3", "1.4.3"),
    ] {
        assert_eq!(names(&of(&feed(&entry(link, title)))), [version], "{link}");
    }
}

#[test]
fn elements_of_atom_may_have_a_prefix_and_others_are_no_titles() {
    let versions = of(
        "<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\" xmlns:m=\"http://search.yahoo.com/mrss/\"><a:entry><m:title>v9.9</m:title>\
         <a:title type=\"xhtml\"><div>v1.<b>2</b>.3</div></a:title><a:content><a:title>v8</a:title></a:content></a:entry></a:feed>",
    );
    assert_eq!(names(&versions), ["1.2.3"]);
}

#[test]
fn references_and_cdata_in_a_title_are_its_text() {
    let versions =
        of(&feed("<entry><title>v1&#46;2<![CDATA[.3]]></title></entry><entry><title>v1 &nbsp; &bad;</title></entry>"));
    assert_eq!(names(&versions), ["1.2.3"]);
    assert_eq!(versions.warnings, [r#"1 of 2 entries left out, being no versions: "v1 &nbsp; &bad;""#]);
}
