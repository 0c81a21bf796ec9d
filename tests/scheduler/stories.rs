//! Single stories, told step by step: what a person who follows the comments of a pipeline gets.

use serde_json::{Value, json};

use crate::scheduler::plan::text;
use crate::scheduler::resource::{Version, scratch};
use crate::scheduler::runner::Runner;
use crate::scheduler::world::World;
use crate::support::upstream::PRIORITIES;

/// A world in which nothing goes wrong, and nothing happens by itself.
fn quiet(names: &[&str]) -> World {
    World::new(names, 1, "2026-01-01T00:00:00Z".parse().expect("a time"), Runner::InProcess)
}

impl World {
    /// Upstream has a notice, and everybody can see it.
    fn announce(&mut self, number: u32, package: usize, priority: &str) -> String {
        self.announce_as(number, package, priority, false)
    }

    fn announce_as(&mut self, number: u32, package: usize, priority: &str, pro: bool) -> String {
        let priority = PRIORITIES.iter().position(|word| *word == priority).expect("a priority");
        let id = self.distribution.announce(number, package, priority, pro, self.now);
        self.look_at_notices_again();
        id
    }

    /// Days go by until something is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&World) -> bool) {
        for _ in 0..60 * 6 {
            if is_so(self) {
                return;
            }
            self.tick();
        }
        panic!("{what} didn't come in two months");
    }

    fn days(&mut self, days: usize) {
        (0..days * 6).for_each(|_| self.tick());
    }

    fn at(&self, pipeline: &str) -> usize {
        self.pipelines.iter().position(|found| found.name == pipeline).expect("the pipeline")
    }

    /// How many builds of a job there were.
    fn builds(&self, pipeline: &str, job: &str) -> usize {
        self.pipelines[self.at(pipeline)].builds.iter().filter(|build| build.job == job).count()
    }

    /// The releases of a product, in log order.
    fn releases(&self, product: &str) -> Vec<Value> {
        self.log(product).into_iter().filter_map(|mut event| event.get_mut("released").map(Value::take)).collect()
    }

    fn versions(&self, product: &str) -> Vec<String> {
        self.releases(product).iter().map(|release| text(&release["version"])).collect()
    }

    /// What the newest release of a product contains.
    fn inside(&self, product: &str, inner: &str) -> Option<String> {
        self.releases(product).last()?["includes"][inner].as_str().map(str::to_owned)
    }

    /// Starts a job by hand, and waits until it is through; tells whether it succeeded.
    fn by_hand(&mut self, pipeline: &str, job: &str) -> bool {
        let at = self.at(pipeline);
        assert!(self.ask_for(at, job), "{pipeline}/{job} could not start");
        let build = self.pipelines[at].builds.len() - 1;
        self.go_on();
        while self.pipelines[at].builds[build].running {
            self.tick();
        }
        self.pipelines[at].builds[build].succeeded
    }
}

/// A root filesystem of which 1.291.0 and 1.292.0 were published, each with a fix of its own; gives the ids of both.
fn two_releases(names: &[&str]) -> (World, String, String) {
    let mut world = quiet(names);
    world.record_what_runs_today();
    let first = world.announce(8001, 3, "high");
    world.until("1.291.0", |world| world.published.contains_key("1.291.0"));
    let second = world.announce(8002, 4, "critical");
    world.until("1.292.0", |world| world.published.contains_key("1.292.0"));
    (world, first, second)
}

#[test]
fn a_publication_that_is_run_again_puts_the_same_notes_under_the_same_version_and_tells_nobody() {
    let (mut world, first, _) = two_releases(&["rootfs", "dependents"]);
    world.days(3);
    let (events, built) = (world.events(), world.builds("dependents", "build"));
    let at = world.at("rootfs");
    let publish = world.pipelines[at].builds.iter().position(|build| build.job == "publish").expect("a build");
    let again = world.pipelines[at].run_again(publish).expect("it can run");
    world.start(at, again);
    world.go_on();
    let notes = &world.published["1.291.0"];
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[0], notes[1]);
    assert!(notes[0].contains(&first));
    world.days(3);
    assert_eq!(world.events(), events, "nothing was recorded");
    assert_eq!(world.builds("dependents", "build"), built, "no dependent was built");
}

#[test]
fn a_release_that_is_recorded_late_is_news_to_nobody() {
    let (mut world, _, _) = two_releases(&["rootfs", "dependents"]);
    world.days(3);
    let built = world.builds("dependents", "build");
    assert_eq!(world.inside("runtime", "cflinuxfs4").as_deref(), Some("1.292.0"));
    let source = world.pipelines[world.at("rootfs")].resources["releases"].source.clone();
    let build = scratch();
    std::fs::write(build.path().join("receipt"), "lib03=1.0-1\n").expect("written");
    let params = json!({"version": "1.290.5", "packages_file": "receipt"});
    let answer =
        world.run("out", &json!({"source": source, "params": params}), build.path(), "by-hand").expect("recorded");
    assert_eq!(answer["version"], json!({"release": "1.290.5"}));
    world.look_again();
    world.days(3);
    assert_eq!(world.builds("dependents", "build"), built);
    // Nor is it after a reset, when the whole history is told again.
    let at = world.at("dependents");
    world.pipelines[at].resources.get_mut("cflinuxfs4").expect("a resource").reset();
    world.days(3);
    let newest = Version::from([("release".to_owned(), "1.292.0".to_owned())]);
    assert_eq!(world.pipelines[at].resources["cflinuxfs4"].rows.last(), Some(&newest));
    world.dependents_never_go_back();
}

#[test]
fn going_back_has_a_number_of_its_own_opens_what_it_takes_back_and_reaches_the_dependents() {
    let (mut world, first, second) = two_releases(&["rootfs", "dependents"]);
    world.days(3);
    let at = world.at("rootfs");
    let candidate = Version::from([("path".to_owned(), "rootfs/candidate-1.291.0.tgz".to_owned())]);
    assert!(world.roll_back_to(at, &candidate), "the job could not start");
    world.go_on();
    // The record: old packages under a new number, and no fix.
    let releases = world.releases("cflinuxfs4");
    let (back, older) = (releases.last().expect("a release"), &releases[releases.len() - 3]);
    assert_eq!((text(&back["version"]), text(&older["version"])), ("1.293.0".to_owned(), "1.291.0".to_owned()));
    assert_eq!(back["packages"], older["packages"]);
    assert_eq!(back["fixed"], json!([]));
    // GitHub: a release of that number, whose notes tell what it takes back, and not what it still has.
    let notes = &world.published["1.293.0"][0];
    assert!(notes.contains(&second), "{notes}");
    assert!(!notes.contains(&first) || notes.contains("1.291.0"), "{notes}");
    // What was taken back is opened again, and a build starts.
    let builds = world.builds("rootfs", "build");
    world.until("the notice again", |world| {
        let again = |event: &Value| event["opened"]["notice"]["id"] == *second && event["opened"]["opening"] == 2;
        world.log("cflinuxfs4").iter().any(again)
    });
    world.until("a build", |world| world.builds("rootfs", "build") > builds);
    // The dependents are built on it: its number is higher, so nobody goes back.
    world.until("the dependent", |world| {
        world.versions("cflinuxfs4").last() == world.inside("runtime", "cflinuxfs4").as_ref()
    });
    // And when somebody says so, the fix is out again.
    world.until("1.294.0", |world| world.published.contains_key("1.294.0"));
    let last = world.releases("cflinuxfs4").pop().expect("a release");
    assert!(last["fixed"].as_array().expect("a list").iter().any(|fixed| fixed["notice"] == *second), "{last}");
    world.until("the dependent", |world| world.inside("runtime", "cflinuxfs4").as_deref() == Some("1.294.0"));
    world.dependents_never_go_back();
}

#[test]
fn as_long_as_nobody_names_a_release_to_go_back_to_the_job_does_not_start() {
    let (mut world, _, _) = two_releases(&["rootfs"]);
    let at = world.at("rootfs");
    assert!(!world.ask_for(at, "roll-back"));
}

#[test]
fn a_stemcell_goes_out_under_the_number_that_bosh_writes() {
    let mut world = quiet(&["stemcell"]);
    world.record_what_runs_today();
    world.announce(8001, 12, "high");
    world.until("1.423", |world| world.versions("ubuntu-jammy-stemcell").len() == 2);
    assert_eq!(world.versions("ubuntu-jammy-stemcell"), ["1.422", "1.423"]);
    assert!(world.published.contains_key("1.423"));
}

#[test]
fn the_status_is_published_whenever_something_was_recorded() {
    let mut world = quiet(&["rootfs", "status"]);
    world.days(1);
    assert_eq!(world.builds("status", "publish-to-pages"), 0, "there is nothing to tell");
    world.record_what_runs_today();
    world.days(1);
    world.announce(8001, 3, "high");
    world.until("1.291.0", |world| world.published.contains_key("1.291.0"));
    world.days(1);
    let at = world.at("status");
    for job in ["publish-to-pages", "publish-to-bucket"] {
        let builds: Vec<_> = world.pipelines[at].builds.iter().filter(|build| build.job == job).collect();
        assert!(builds.len() > 2 && builds.iter().all(|build| build.succeeded), "{job}: {builds:?}");
        let newest = &builds.last().expect("a build").inputs["status"]["cflinuxfs4"];
        assert_eq!(*newest, world.log("cflinuxfs4").len().to_string());
    }
}

#[test]
fn what_is_imported_is_history_and_only_what_stays_open_is_told() {
    let mut world = quiet(&["migrate"]);
    let (fixed, open) = (world.announce(8001, 3, "high"), world.announce(8002, 4, "high"));
    let only_pro = world.announce_as(8003, 5, "high", true);
    let claims = [(&fixed, "1.290.0"), (&open, "unreleased"), (&only_pro, "1.290.0")];
    let record: String =
        claims.map(|(id, release)| format!("- {{title: \"{id}: a\", stack_release: {release}}}\n")).concat();
    let mut packages = world.installed("migrate");
    packages.insert("lib04".to_owned(), "1.1-1ubuntu0.1".to_owned());
    world.files.insert("stack-releases.yml".to_owned(), record);
    world.files.insert("cflinuxfs4/cflinuxfs4-1.290.0.receipt".to_owned(), crate::scheduler::others::lines(&packages));
    assert!(world.by_hand("migrate", "import"));
    assert_eq!(world.versions("cflinuxfs4"), ["1.290.0"]);
    world.days(2);
    let at = world.at("migrate");
    let told = world.pipelines[at].builds.iter().filter(|build| build.job == "tell");
    let told: Vec<&str> = told.map(|build| build.inputs["notices"]["notice"].as_str()).collect();
    assert_eq!(told, [open.as_str()], "what stays open is told, and nothing else");
    // Again: nothing is added, and nobody is told.
    let (events, told) = (world.events(), told.len());
    assert!(world.by_hand("migrate", "import"));
    world.days(2);
    assert_eq!((world.events(), world.builds("migrate", "tell")), (events, told));
}

/// Puts an answer that says that nobody will fix it.
fn answer(world: &mut World, pipeline: &str, notice: &str) {
    let mut source = world.pipelines[world.at(pipeline)].resources["releases"].source.clone();
    source["os"] = json!("jammy");
    let params = json!({"answer": {"notice": notice, "status": "affected", "statement": "Never run."}});
    let build = scratch();
    world.run("out", &json!({"source": source, "params": params}), build.path(), "answer").expect("an answer");
    world.look_again();
}

#[test]
fn the_month_asks_for_all_that_is_open_and_not_for_what_was_answered() {
    let mut world = quiet(&["monthly"]);
    world.record_what_runs_today();
    world.days(2);
    assert_eq!(world.builds("monthly", "rebuild-of-the-month"), 0, "nothing is open");
    // The older one is open, the newest was answered.
    let older = world.announce(8001, 3, "medium");
    world.days(1);
    let newest = world.announce(8002, 4, "low");
    world.days(1);
    answer(&mut world, "monthly", &newest);
    assert_eq!(world.builds("monthly", "rebuild"), 0, "neither is grave");
    world.until("the month's rebuild", |world| world.releases("cflinuxfs4").len() == 2);
    let fixed = &world.releases("cflinuxfs4")[1]["fixed"];
    assert!(fixed.as_array().expect("a list").iter().any(|fixed| fixed["notice"] == *older), "{fixed}");
    assert_eq!(world.builds("monthly", "rebuild-of-the-month"), 1);
    // In the next month everything is answered.
    let answered = world.announce_as(8003, 5, "medium", false);
    world.days(2);
    answer(&mut world, "monthly", &answered);
    let looked = world.builds("monthly", "look");
    world.until("the next month", |world| world.builds("monthly", "look") > looked);
    world.days(2);
    assert_eq!(world.builds("monthly", "rebuild-of-the-month"), 1, "an answer asks for no rebuild");
}

#[test]
fn a_grave_notice_takes_the_minor_ones_along_and_the_month_has_nothing_to_do() {
    let mut world = quiet(&["monthly"]);
    world.record_what_runs_today();
    // A new pipeline looks once.
    world.days(2);
    world.announce(8001, 3, "low");
    world.days(2);
    world.announce(8002, 4, "high");
    world.until("the rebuild", |world| world.releases("cflinuxfs4").len() == 2);
    assert_eq!(world.releases("cflinuxfs4")[1]["fixed"].as_array().expect("a list").len(), 2);
    let looked = world.builds("monthly", "look");
    world.until("the month", |world| world.builds("monthly", "look") > looked);
    world.days(2);
    assert_eq!(world.builds("monthly", "rebuild-of-the-month"), 0);
}

#[test]
fn the_month_can_be_looked_at_by_hand_at_any_hour() {
    let mut world = quiet(&["monthly"]);
    world.record_what_runs_today();
    world.days(1);
    assert!(world.by_hand("monthly", "look"), "nothing to do is no failure");
    world.announce(8001, 3, "medium");
    world.days(1);
    assert!(world.by_hand("monthly", "look"));
    world.until("the rebuild", |world| world.releases("cflinuxfs4").len() == 2);
}

#[test]
fn every_job_of_the_answers_records_one_for_a_notice_that_no_check_opened() {
    for job in ["not-affected", "wont-fix", "looking-into-it", "from-a-file"] {
        let mut world = quiet(&["rootfs", "answers"]);
        let file = json!({"notice": "USN-7952-1", "status": "affected", "statement": "Only Ubuntu Pro has the fix."});
        world.files.insert("cflinuxfs4/answer.json".to_owned(), file.to_string());
        // On a log without a release the put says what to do first, and the job is red.
        let at = world.at("answers");
        let request = json!({"source": world.pipelines[at].resources["releases"].source, "params": {"answer": file}});
        let refused = world.run("out", &request, scratch().path(), job).expect_err("no release is recorded");
        assert!(refused.contains("first record the release that you run today"), "{refused}");
        world.record_what_runs_today();
        world.announce_as(7952, 3, "medium", true);
        assert!(world.by_hand("answers", job), "{job}");
        let answered: Vec<Value> = world
            .log("cflinuxfs4")
            .into_iter()
            .filter_map(|mut event| event.get_mut("answered").map(Value::take))
            .collect();
        assert_eq!(answered.len(), 1, "{job}");
        assert_eq!(answered[0]["notice"], "USN-7952-1");
        assert_eq!(answered[0]["status"] == "under_investigation", job == "looking-into-it");
    }
}

#[test]
fn a_notice_has_an_issue_until_a_release_fixes_it_and_what_people_answer_there_is_recorded() {
    let mut world = quiet(&["rootfs", "backlog"]);
    world.record_what_runs_today();
    world.days(1);
    assert_eq!(world.builds("backlog", "synchronise"), 0, "there is nothing to do");
    let first = world.announce(8001, 3, "high");
    world.until("an issue", |world| !world.github.world().issues.is_empty());
    assert!(world.github.world().issues[&1].title.starts_with(&first));
    world.until("its end", |world| world.github.world().issues[&1].state == "closed");
    assert_eq!(world.github.world().issues[&1].reason.as_deref(), Some("completed"));
    let builds = world.builds("backlog", "synchronise");
    world.days(3);
    assert_eq!(world.builds("backlog", "synchronise"), builds, "no synchronisation triggers another one");
    // An answer before the rebuild is through.
    let second = world.announce(8002, 4, "critical");
    world.until("another issue", |world| world.github.world().issues.len() == 2);
    world.github.world().comment("alice", 2, "/davos wont_fix: never run");
    world.look_again();
    world.until("the answer", |world| {
        let answers =
            |event: &Value| event["answered"]["notice"] == *second && event["answered"]["said"]["by"] == "alice";
        world.log("cflinuxfs4").iter().any(answers)
            || world.github.world().issues[&2].reason.as_deref() == Some("completed")
    });
    world.until("its end", |world| world.github.world().issues[&2].state == "closed");
    world.days(2);
    let builds = world.builds("backlog", "synchronise");
    world.days(3);
    assert_eq!(world.builds("backlog", "synchronise"), builds);
    let at = world.at("backlog");
    assert!(world.pipelines[at].builds.iter().all(|build| build.succeeded));
}
