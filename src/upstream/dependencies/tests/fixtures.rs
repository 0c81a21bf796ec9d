//! Answers by value from real ones, cut to a few entries.

/// A feed with these entries.
pub(super) fn feed(entries: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">{entries}</feed>")
}

/// An answer of endoflife.date with these releases.
pub(super) fn product(releases: &str) -> String {
    format!(r#"{{"schema_version": "1.2.1", "result": {{"name": "x", "releases": [{releases}]}}}}"#)
}

/// From <https://go.dev/dl/?mode=json&include=all>.
pub(super) const GO_DEV: &str = r#"[
 {"version": "go1.13.7", "stable": true, "files": [
   {"filename": "go1.13.7.src.tar.gz", "os": "", "arch": "", "version": "go1.13.7",
    "sha256": "e4ad42cc5f5c19521fbbbde3680995f2546110b5c6aa2b48c3754ff7af9b41f4", "size": 21631267, "kind": "source"}]},
 {"version": "go1.12.16", "stable": true, "files": []},
 {"version": "go1.14rc1", "stable": false, "files": [
   {"filename": "go1.14rc1.src.tar.gz", "os": "", "arch": "", "version": "go1.14rc1", "size": 1, "kind": "source"}]}
]"#;

/// The facts of endoflife.date on Go of August 2026, in the form of its API's version 1.
pub(super) const ENDOFLIFE_V1: &str = r#"{
  "schema_version": "1.2.1", "generated_at": "2026-08-21T07:44:48+00:00", "last_modified": "2026-08-20T18:02:01+00:00",
  "result": {
    "name": "go", "aliases": ["golang"], "label": "Go", "category": "lang", "tags": ["google", "lang"],
    "identifiers": [{"type": "purl", "id": "pkg:generic/go"}],
    "labels": {"eoas": null, "discontinued": null, "eol": "Supported", "eoes": null},
    "links": {"icon": null, "html": "https://endoflife.date/go", "releasePolicy": "https://go.dev/doc/devel/release#policy"},
    "releases": [
      {"name": "1.27", "codename": null, "label": "1.27", "releaseDate": "2026-08-19", "isLts": false, "ltsFrom": null, "isEol": false,
       "eolFrom": null, "isMaintained": true, "latest": {"name": "1.27.0", "date": "2026-08-19", "link": "https://go.dev/doc/go1.27"},
       "custom": null},
      {"name": "1.26", "codename": null, "label": "1.26", "releaseDate": "2026-02-10", "isLts": false, "ltsFrom": null, "isEol": false,
       "eolFrom": null, "isMaintained": true, "latest": {"name": "1.26.7", "date": "2026-08-19", "link": "https://go.dev/doc/go1.26"},
       "custom": null},
      {"name": "1.25", "codename": null, "label": "1.25", "releaseDate": "2025-08-12", "isLts": false, "ltsFrom": null, "isEol": true,
       "eolFrom": "2026-08-19", "isMaintained": false, "latest": {"name": "1.25.14", "date": null, "link": null}, "custom": null}
    ]
  }
}"#;

/// The facts of endoflife.date on nginx of August 2026, in the form of its API's version 0.
pub(super) const ENDOFLIFE_V0: &str = r#"[
  {"cycle": "1.31", "releaseDate": "2026-05-13", "eol": false, "link": "https://nginx.org/en/CHANGES", "latest": "1.31.4",
   "latestReleaseDate": "2026-08-19", "lts": false},
  {"cycle": "1.30", "releaseDate": "2026-04-14", "eol": false, "latest": "1.30.4", "latestReleaseDate": "2026-07-15", "lts": false},
  {"cycle": "1.29", "releaseDate": "2025-06-24", "eol": "2026-05-13", "latest": "1.29.8", "latestReleaseDate": "2026-04-07", "lts": false},
  {"cycle": "1.28", "releaseDate": "2025-04-23", "eol": true, "latest": "1.28.3", "latestReleaseDate": "2026-03-24", "lts": false}
]"#;

/// As GitHub writes tags.atom: an empty content, and a tag's message in the title.
pub(super) const TAGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US">
  <id>tag:github.com,2008:https://github.com/ansible/ansible/releases</id>
  <link type="text/html" rel="alternate" href="https://github.com/ansible/ansible/releases"/>
  <link type="application/atom+xml" rel="self" href="https://github.com/ansible/ansible/releases.atom"/>
  <title>Tags from ansible</title>
  <updated>2022-10-17T14:11:12-04:00</updated>
  <entry>
    <id>tag:github.com,2008:Repository/3638964/v2.14.0rc1</id>
    <updated>2022-10-17T14:11:12-04:00</updated>
    <link rel="alternate" type="text/html" href="https://github.com/ansible/ansible/releases/tag/v2.14.0rc1"/>
    <title>v2.14.0rc1</title>
    <content></content>
    <author><name>somebody</name></author>
    <media:thumbnail height="30" width="30" url="https://avatars.githubusercontent.com/u/1?s=60&amp;v=4"/>
  </entry>
  <entry>
    <id>tag:github.com,2008:Repository/3638964/v2.13.5</id>
    <updated>2022-10-11T17:19:05Z</updated>
    <link rel="alternate" type="text/html" href="https://github.com/ansible/ansible/releases/tag/v2.13.5"/>
    <title>v2.13.5: New release v2.13.5</title>
    <content type="html">&lt;p&gt;New release v2.13.5&lt;/p&gt;</content>
    <author><name>somebody</name></author>
    <media:thumbnail height="30" width="30" url="https://avatars.githubusercontent.com/u/1?s=60&amp;v=4"/>
  </entry>
</feed>"#;

/// As GitHub writes releases.atom, with tags that are no versions of the software.
pub(super) const RELEASES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US">
  <id>tag:github.com,2008:https://github.com/nginx/nginx/releases</id>
  <link type="text/html" rel="alternate" href="https://github.com/nginx/nginx/releases"/>
  <title>Release notes from nginx</title>
  <updated>2026-08-19T16:50:07Z</updated>
  <entry>
    <id>tag:github.com,2008:Repository/31208800/release-1.31.4</id>
    <updated>2026-08-19T17:03:19Z</updated>
    <link rel="alternate" type="text/html" href="https://github.com/nginx/nginx/releases/tag/release-1.31.4"/>
    <title>nginx-1.31.4
      &amp; more</title>
    <content type="html">&lt;p&gt;Bugs.&lt;/p&gt;</content>
  </entry>
  <entry>
    <id>tag:github.com,2008:Repository/31208800/docs-1.2</id>
    <link rel="alternate" type="text/html" href="https://github.com/nginx/nginx/releases/tag/docs-1.2"/>
    <title>1.2</title>
  </entry>
  <entry>
    <id>tag:github.com,2008:Repository/31208800/nightly</id>
    <link rel="alternate" type="text/html" href="https://github.com/nginx/nginx/releases/tag/nightly"/>
    <title>v9.9.9</title>
  </entry>
  <entry>
    <id>tag:github.com,2008:Repository/31208800/unit/v9.9.9</id>
    <title>v9.9.9</title>
  </entry>
  <entry>
    <id>tag:github.com,2008:Repository/31208800/release-1.30.4</id>
    <updated>2026-07-15T17:03:19Z</updated>
    <link rel="alternate" type="text/html" href="https://github.com/nginx/nginx/releases/tag/release-1.30.4"/>
    <title>Sommer</title>
  </entry>
</feed>"#;

/// As GitHub writes commits/main.atom.
pub(super) const COMMITS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US">
  <id>tag:github.com,2008:/PyCQA/pylint/commits/main</id>
  <title>Recent Commits to pylint:main</title>
  <entry>
    <id>tag:github.com,2008:Grit::Commit/15dd079792ce8e6b37856450f9e4a928f11b3549</id>
    <link type="text/html" rel="alternate" href="https://github.com/PyCQA/pylint/commit/15dd079792ce8e6b37856450f9e4a928f11b3549"/>
    <title>A change</title>
    <updated>2022-10-20T14:35:53Z</updated>
  </entry>
</feed>"#;
