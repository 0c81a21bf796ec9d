//! OVAL files for tests: small ones made by hand, and real ones where the corpus is at hand.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;
use tempfile::TempDir;

use super::{Origin, OvalCache};

/// An address that the files here are said to come from.
pub(super) const URL: &str = "https://oval.example/com.ubuntu.jammy.usn.oval.xml.bz2";

/// What the server said of the files here.
pub(super) fn origin() -> Origin {
    Origin { url: URL.into(), etag: Some("\"5f-1\"".into()), last_modified: None }
}

/// Packs a text as one small bzip2 stream.
pub(super) fn pack(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(text.as_ref()).and_then(|()| encoder.finish()).expect("packing")
}

/// A time by which everything is done.
pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// The cache of a packed file, and the folder that it is in.
pub(super) fn try_edition(packed: &[u8]) -> Result<(OvalCache, TempDir)> {
    let folder = tempfile::tempdir()?;
    let cache = OvalCache::build(packed, &origin(), &"jammy".parse()?, folder.path(), 0, soon())?;
    Ok((cache, folder))
}

/// The cache of an OVAL file in plain text.
pub(super) fn cache(oval: &str) -> (OvalCache, TempDir) {
    try_edition(&pack(oval)).expect("a cache")
}

/// A file around these sections.
pub(super) fn oval(sections: &str) -> String {
    format!(
        r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o">
    <generator><oval:timestamp>2024-07-12T09:32:48</oval:timestamp></generator>
    {sections}
</oval_definitions>
"#
    )
}

/// An inventory definition, as every real file has it first.
pub(super) const INVENTORY: &str = r#"<definition class="inventory" id="oval:com.ubuntu.jammy:def:100" version="1">
    <metadata><title>Is this jammy?</title><description></description></metadata>
    <criteria><criterion test_ref="oval:com.ubuntu.jammy:tst:100" comment="unix" /></criteria>
</definition>"#;

/// USN-6561-1, a notice of two packages that everybody may install.
pub(super) const LIBSSH: &str = r#"<definition id="oval:com.ubuntu.jammy:def:65611000000" version="1" class="patch">
    <metadata>
        <title>USN-6561-1 -- libssh vulnerability</title>
        <reference source="USN" ref_id="USN-6561-1" ref_url="https://ubuntu.com/security/notices/USN-6561-1"/>
        <reference source="CVE" ref_id="CVE-2023-48795" ref_url="https://ubuntu.com/security/CVE-2023-48795"/>
        <description>Handshakes could be cut short.  Ask B&#xE4;umer &amp; others.  Update Instructions:  Run it.</description>
        <advisory from="security@ubuntu.com">
            <severity>Medium</severity>
            <issued date="2023-12-19"/>
            <cve href="https://ubuntu.com/security/CVE-2023-48795" priority="medium" cvss_score="5.9"
                cvss_severity="medium" usns="6560-1,6561-1">CVE-2023-48795</cve>
            <bug>https://launchpad.net/bugs/1</bug>
            <ref></ref>
        </advisory>
    </metadata>
    <criteria>
        <extend_definition definition_ref="oval:com.ubuntu.jammy:def:100" applicability_check="true" />
        <criteria operator="OR">
            <criterion test_ref="oval:com.ubuntu.jammy:tst:656110000000" comment="Long Term Support" />
        </criteria>
    </criteria>
</definition>"#;

/// What [`LIBSSH`] refers to.
pub(super) const LIBSSH_TESTS: &str = r#"<tests>
    <linux:dpkginfo_test id="oval:com.ubuntu.jammy:tst:656110000000">
        <linux:object object_ref="oval:com.ubuntu.jammy:obj:656110000000"/>
        <linux:state state_ref="oval:com.ubuntu.jammy:ste:656110000000"/>
    </linux:dpkginfo_test>
</tests>
<objects>
    <linux:dpkginfo_object id="oval:com.ubuntu.jammy:obj:656110000000">
        <linux:name var_ref="oval:com.ubuntu.jammy:var:656110000000" var_check="at least one" />
    </linux:dpkginfo_object>
</objects>
<states>
    <linux:dpkginfo_state id="oval:com.ubuntu.jammy:ste:656110000000">
        <linux:evr datatype="debian_evr_string" operation="less than">0:0.9.6-2ubuntu0.22.04.2</linux:evr>
    </linux:dpkginfo_state>
</states>
<variables>
    <constant_variable id="oval:com.ubuntu.jammy:var:656110000000" datatype="string">
        <value>libssh-gcrypt-4</value>
        <value>libssh-4</value>
    </constant_variable>
</variables>"#;

/// A small whole file.
pub(super) fn libssh() -> String {
    oval(&format!("<definitions>{INVENTORY}{LIBSSH}</definitions>{LIBSSH_TESTS}"))
}
