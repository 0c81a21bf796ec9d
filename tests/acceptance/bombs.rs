//! Small answers that would become large, or take long: each is refused in one sentence, within little memory and time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::acceptance::upstream::{api_of, notice, oval_of, pack};
use crate::support::binary::{Container, Ran};
use crate::support::server::{Reply, Request, Server};

/// The limits of the kernel for each step: 256 MB of memory, and 50 seconds of a processor.
const LIMITS: &str = "ulimit -d 262144 && ulimit -t 50";

fn check(upstream: Value) -> Ran {
    let source =
        json!({"os": "jammy", "window": "9000d", "priorities": ["unknown", "low", "high"], "upstream": upstream});
    let ran = Container::new().under(LIMITS).check(&json!({"source": source}));
    println!("{:?} {}", ran.took, ran.said());
    assert!(ran.took < Duration::from_secs(50), "it took {:?}", ran.took);
    ran
}

/// What a check says of this file.
fn check_oval(packed: Vec<u8>) -> Ran {
    check(oval_of(&Server::start(move |_| Reply::ok(packed.clone()))))
}

/// A file with these definitions, and what they refer to.
fn oval(definitions: &str, rest: &str) -> Vec<u8> {
    pack(&format!("<oval_definitions><definitions>{definitions}</definitions>{rest}</oval_definitions>"))
}

/// The definition of a notice with more in its advisory, and with these criteria.
fn definition(number: usize, more: &str, criteria: &str) -> String {
    format!(
        "<definition class=\"patch\"><metadata><title>USN-{number}-1 -- x</title><description>x</description>\
         <advisory><issued date=\"2026-01-01\"/>{more}</advisory></metadata><criteria>{criteria}</criteria></definition>"
    )
}

/// So many texts, made of their numbers.
fn many(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

#[test]
fn an_oval_file_whose_tests_share_one_long_list_of_names_is_refused_by_the_notice() {
    let criteria = many(10_000, |nth| format!("<criterion test_ref=\"t:{nth}\"/>"));
    let tests =
        many(10_000, |nth| format!("<t id=\"t:{nth}\"><object object_ref=\"o:1\"/><state state_ref=\"s:1\"/></t>"));
    let values = many(200_000, |nth| format!("<value>package-{nth}</value>"));
    let rest = format!(
        "<tests>{tests}</tests><objects><o id=\"o:1\"><name var_ref=\"v:1\"/></o></objects><states><s id=\"s:1\">\
         <evr operation=\"less than\">0:1</evr></s></states><variables><v id=\"v:1\">{values}</v></variables>"
    );
    let ran = check_oval(oval(&definition(7, "", &criteria), &rest)).failed();
    ran.says(&["USN-7-1", "more packages than a notice may"]);
    // Below the limit of each notice, and above that of the file.
    let few = many(10, |nth| format!("<criterion test_ref=\"t:{nth}\"/>"));
    let notices = many(400, |number| definition(number, "", &few));
    let values = many(1_900, |nth| format!("<value>package-{nth}</value>"));
    let rest = rest.split_once("<variables>").expect("the variables").0.to_owned();
    let rest = format!("{rest}<variables><v id=\"v:1\">{values}</v></variables>");
    check_oval(oval(&notices, &rest)).failed().says(&["USN-26-1", "the file asks for more packages"]);
}

#[test]
fn an_oval_file_whose_kernel_tests_share_one_long_pattern_is_refused_by_the_notice() {
    let criteria = many(4_000, |_| "<criterion test_ref=\"t:1\"/><criterion test_ref=\"t:2\"/>".to_owned());
    let flavours = many(100_000, |nth| format!("|-f{nth}"));
    let rest = format!(
        "<tests><t id=\"t:1\"><object object_ref=\"o:1\"/><state state_ref=\"s:1\"/></t><t id=\"t:2\"><object \
         object_ref=\"o:1\"/><state state_ref=\"s:2\"/></t></tests><states><s id=\"s:1\"><os_release>6.5.0-\\d+(-g{flavours})\
         </os_release></s><s id=\"s:2\"><value operation=\"less than\">0:6.5.0-7</value></s></states>"
    );
    check_oval(oval(&definition(7, "", &criteria), &rest))
        .failed()
        .says(&["USN-7-1", "more packages than a notice may"]);
}

#[test]
fn an_oval_file_with_too_many_of_anything_is_refused() {
    let criteria = many(5_000, |_| "<criterion test_ref=\"t:1\"/>".to_owned());
    let cves = many(1_000_000, |nth| format!("<cve>CVE-2026-{nth:04}</cve>"));
    let bug = format!("<bug>{}</bug>", "x".repeat(1_000_000));
    let long = "y".repeat(2 << 20);
    for (packed, said) in [
        (oval(&many(200, |number| definition(number, "", &criteria)), ""), "more than 500000 tests"),
        (oval(&definition(7, &cves, ""), ""), "USN-7-1 -- x\" has more than 10000 CVEs"),
        (oval(&definition(7, &bug.repeat(8), ""), ""), "tells more than 4 MiB"),
        (oval(&many(110_000, |number| definition(number, "", "")), ""), "more than 100000 definitions"),
        (oval("", &format!("<tests>{}</tests>", "<a>".repeat(1_000_000))), "nests deeper"),
        (oval(&format!("<definition class=\"{long}\"/>"), ""), "more than 1024 KiB"),
        (oval("", &format!("<!-- {long} -->")), "more than 1024 KiB"),
        (pack(&format!("<!DOCTYPE x [<!ENTITY a \"{}\">]><oval_definitions/>", "z".repeat(2000))), "no notices"),
        (pack("").repeat(1_000_000), "more than 10000 bzip2 streams"),
        (vec![b'x'; 17 << 20], "longer than the"),
    ] {
        check_oval(packed).failed().says(&["OVAL", said]);
    }
}

#[test]
fn an_oval_file_as_large_as_it_may_be_is_read() {
    let criteria = many(4, |nth| format!("<criterion test_ref=\"t:{nth}\"/>"));
    let notices =
        many(90_000, |number| definition(number % 99_999 + 1, "<cve priority=\"high\">CVE-2026-1000</cve>", &criteria));
    let tests =
        many(4, |nth| format!("<t id=\"t:{nth}\"><object object_ref=\"o:{nth}\"/><state state_ref=\"s:1\"/></t>"));
    let objects = many(4, |nth| format!("<o id=\"o:{nth}\"><name>package-{nth}</name></o>"));
    let state = "<s id=\"s:1\"><evr operation=\"less than\">0:1</evr></s>";
    let rest = format!("<tests>{tests}</tests><objects>{objects}</objects><states>{state}</states>");
    check_oval(oval(&notices, &rest)).succeeded();
}

/// What a check says of an API whose list has these notices, and which answers all else like this.
fn check_api(notices: Vec<Value>, other: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Ran {
    let list = json!({"total_results": notices.len(), "notices": notices}).to_string();
    let server = Server::start(move |request| match request.path.as_str() {
        "/security/page/notices.json" => Reply::ok(list.clone()),
        _ => other(request),
    });
    check(api_of(&server))
}

/// A notice's details with this in them, as JSON.
fn with(key: &str, value: &str) -> String {
    let whole = notice("USN-9001-1", "2026-11-01T08:00:00").to_string();
    format!("{{\"{key}\": {value}, \"{key}2\": {value}, {}", &whole[1..])
}

fn list(count: usize, entry: &str) -> String {
    format!("[{}]", vec![entry; count].join(","))
}

#[test]
fn details_that_would_become_large_are_refused() {
    let ids = format!("[{}\"\"]", many(480_000, |nth| format!("\"CVE-2026-{nth:04}\",")));
    let packages = many(100_000, |nth| format!("{{\"name\":\"p{nth}\",\"version\":\"1\"}},"));
    let releases = many(100_000, |nth| format!("\"r{nth}\":[{{}}],"));
    let bare = |key: &str, value: &str| format!("{{\"id\": \"USN-9001-1\", \"{key}\": {value}}}");
    let bodies = [
        (bare("cves_ids", &ids), "more than 20000 entries"),
        (bare("cves", &list(1_000_000, "{}")), "more than 20000 entries"),
        (bare("release_packages", &format!("{{\"jammy\":[{packages}{{}}]}}")), "more than 20000 entries"),
        (bare("release_packages", &format!("{{{releases}\"x\":[]}}")), "1 actionable"),
        (bare("release_packages", &format!("{{\"jammy\":{}}}", list(2_000_000, "{}"))), "more than 20000 entries"),
        (bare("x", &"[".repeat(5_000_000)), "nests deeper"),
        (bare("description", &format!("\"{}\"", "d".repeat(3 << 20))), "a text of more than 1024 KiB"),
        (with("x", &list(1_000_000, "[]")), "1 actionable"),
    ];
    for (body, said) in bodies {
        let ran = check_api(vec![notice("USN-9001-1", "2026-11-01T08:00:00")], move |request| {
            match request.path.contains("/notices/") {
                true => Reply::ok(body.clone()),
                false => Reply::ok(json!({"id": "CVE-2026-1000", "priority": "high"}).to_string()),
            }
        });
        ran.succeeded().says(&[said]);
    }
}

#[test]
fn a_cve_that_would_become_large_is_rated_or_refused() {
    let notices = || vec![notice("USN-9001-1", "2026-11-01T08:00:00")];
    let deep = format!("{{\"baseMetricV3\":{}}}", "[".repeat(1_000_000));
    let wide = format!("{{\"baseMetricV3\":{{\"cvssV3\":{{\"x\":{},\"baseScore\":9.8}}}}}}", list(5_000_000, "[]"));
    for (impact, said) in [(wide, "1 actionable"), (deep, "nests deeper"), (list(5_000_000, "{}"), "1 actionable")] {
        let body = format!("{{\"id\":\"CVE-2026-1000\",\"priority\":\"high\",\"cvss3\":[1],\"impact\":{impact}}}");
        let ran = check_api(notices(), move |request| match request.path.contains("/notices/") {
            true => Reply::ok(notice("USN-9001-1", "2026-11-01T08:00:00").to_string()),
            false => Reply::ok(body.clone()),
        });
        ran.succeeded().says(&[said]);
    }
}

#[test]
fn many_details_are_as_many_as_there_is_room_for() {
    let notices = (1..=200).map(|number| notice(&format!("USN-{number}-1"), "2026-11-01T08:00:00")).collect();
    let ran = check_api(notices, |request| match request.path.strip_prefix("/security/notices/") {
        None => Reply::ok(json!({"id": "CVE-2026-1000", "priority": "high"}).to_string()),
        Some(name) => {
            let mut details = notice(name.trim_end_matches(".json"), "2026-11-01T08:00:00");
            details["description"] = "d".repeat(1 << 20 >> 1).into();
            details["summary"] = "d".repeat(1 << 20 >> 1).into();
            Reply::ok(details.to_string())
        }
    });
    ran.succeeded().says(&["the details before it have more than 24 MiB"]);
}

#[test]
fn long_headers_of_many_answers_are_not_kept() {
    let notices = (1..=400).map(|number| notice(&format!("USN-{number}-1"), "2026-11-01T08:00:00")).collect();
    let long = "e".repeat(200_000);
    let ran = check_api(notices, move |request| {
        let reply = match request.path.strip_prefix("/security/notices/") {
            None => Reply::ok(json!({"id": "CVE-2026-1000", "priority": "high"}).to_string()),
            Some(name) => Reply::ok(notice(name.trim_end_matches(".json"), "2026-11-01T08:00:00").to_string()),
        };
        reply.header("ETag", &long).header("Last-Modified", &long)
    });
    ran.succeeded().says(&["400 actionable"]);
}

/// What a check says of a list that never ends and never repeats itself.
fn check_endless(description: usize) -> Ran {
    let description = "d".repeat(description);
    let server = Server::start(move |request| {
        let Some(offset) = request.parameter("offset").and_then(|offset| offset.parse::<usize>().ok()) else {
            return Reply::not_found();
        };
        let one = |nth: usize| {
            let id = format!("USN-{}-{}", 1 + nth / 90, 1 + nth % 90);
            json!({"id": id, "published": "2026-11-01T08:00:00", "description": description})
        };
        let page: Vec<_> = (offset..offset + 20).map(one).collect();
        Reply::ok(json!({"notices": page, "total_results": 99_999_999}).to_string())
    });
    check(api_of(&server))
}

#[test]
fn a_list_without_end_is_walked_so_far() {
    check_endless(10).succeeded().says(&["longer than any is", "500 pages"]);
    check_endless(100_000).succeeded().says(&["longer than any is", "older notices are left out"]);
}

#[test]
fn a_list_that_would_become_large_is_refused() {
    let nothing = json!({"id": null}).to_string();
    for (body, said) in [
        (format!("{{\"notices\": {}}}", list(500_000, "{}")), "more than 20000 entries"),
        (format!("{{\"notices\": {}}}", list(500_000, &nothing)), "more than 20000 entries"),
        (format!("{{\"notices\": {}", "[".repeat(1_000_000)), "can't be used"),
        ("[".repeat(1_000_000), "can't be used"),
        (format!("{{\"x\": \"{}", "x".repeat(2 << 20)), "more than 1024 KiB"),
    ] {
        check(api_of(&Server::start(move |_| Reply::ok(body.clone())))).failed().says(&["API", said]);
    }
    for reply in
        [Reply::gzip_bomb(1 << 30), Reply::ok("[".repeat(1000)).endless(), Reply::ok(" ".repeat(1000)).endless()]
    {
        check(api_of(&Server::start(move |_| reply.clone()))).failed().says(&["API"]);
    }
}

#[test]
fn a_feed_that_would_become_large_is_refused() {
    let feed = |items: &str| format!("<rss version=\"2.0\"><channel><title>x</title>{items}</channel></rss>");
    let atom = |entries: &str| format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{entries}</feed>");
    let nested = format!("{}{}", "<a>".repeat(9_900), "</a>".repeat(9_900));
    let xhtml = format!("<entry><content type=\"xhtml\"><div>{nested}</div></content></entry>");
    for (body, said) in [
        (feed(&"<item/>".repeat(500_000)), Some("more than 20000 tags")),
        (feed(&"<item/>".repeat(1_000_000)), Some("longer than")),
        (feed(&"<item/>".repeat(19_000)), None),
        (feed(&format!("<item>{nested}</item>")), None),
        (atom(&xhtml), None),
        (atom(&"<entry/>".repeat(19_000)), None),
        (
            format!("{{\"version\": \"https://jsonfeed.org/version/1\", \"items\": {}}}", list(500_000, "{}")),
            Some("no feed"),
        ),
        (feed(&format!("<item><title>{}</title></item>", "t".repeat(3 << 20))), None),
    ] {
        let server = Server::start(move |_| Reply::ok(body.clone()));
        let ran = check(json!({"oval": false, "api": false, "rss": server.url("/rss.xml")}));
        match said {
            Some(said) => drop(ran.failed().says(&["RSS", said])),
            None if ran.status == Some(0) => drop(ran.succeeded()),
            None => drop(ran.failed()),
        }
    }
}
