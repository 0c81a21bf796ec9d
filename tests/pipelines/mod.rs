//! The pipelines that people copy: what they say of our resource is what the programs take, and every name in them means
//! something.

mod keys;
mod plan;
mod shape;

use crate::support::pipeline;
use crate::support::pipeline::Pipeline;
use shape::judge;

#[test]
fn every_pipeline_means_what_it_says() {
    let pipelines = pipeline::all();
    assert!(pipelines.len() > 5, "the pipelines are there");
    for pipeline in pipelines {
        assert_eq!(judge(&pipeline.content), [""; 0], "{}", pipeline.name);
    }
}

#[test]
fn the_pipelines_of_the_readme_mean_what_they_say() {
    let pipelines = pipeline::of_readme();
    assert!(!pipelines.is_empty(), "the README shows a pipeline");
    for pipeline in pipelines {
        assert_eq!(judge(&pipeline.content), [""; 0]);
    }
}

/// What `fly validate-pipeline --strict` holds them to.
#[test]
fn no_pipeline_has_a_key_that_concourse_does_not_know() {
    for pipeline in pipeline::all().into_iter().chain(pipeline::of_readme()) {
        assert_eq!(keys::unknown(&pipeline.content), [""; 0], "{}", pipeline.name);
    }
}

#[test]
fn keys_that_concourse_does_not_know_are_found_wherever_they_stand() {
    let pipeline = r#"
        shared: &shared {trigger: true}
        resource_types: [{name: t, type: registry-image, source: {}, tag: latest}]
        resources: [{name: r, type: t, source: {any: thing}, check_evry: 1h}]
        groups: [{name: g, job: [j]}]
        jobs:
        - name: j
          serial_group: [a]
          plan:
          - get: r
            triger: true
            on_failure: {put: r, noget: true}
          - in_parallel: {step: [], steps: [{try: {do: [{task: t, file: r/t.yml, parms: {}, attempts: 2}]}}]}
          - {task: u, config: {platform: linux, run: {path: x}, output: []}}
          - {gett: r}
          on_success: {put: r, params: {any: thing}, inpts: []}
    "#;
    let expected = [
        "the pipeline: Concourse knows no `shared`",
        "resources r: Concourse knows no `check_evry`",
        "resource_types t: Concourse knows no `tag`",
        "groups g: Concourse knows no `job`",
        "job j: Concourse knows no `serial_group`",
        "job j: get r: Concourse knows no `triger`",
        "job j: get r: put r: Concourse knows no `noget`",
        "job j: in_parallel: Concourse knows no `step`",
        "job j: in_parallel: try: do: task t: Concourse knows no `parms`",
        "job j: task u: config: Concourse knows no `output`",
        "job j: no step that Concourse knows",
        "job j: put r: Concourse knows no `inpts`",
    ];
    assert_eq!(keys::unknown(&Pipeline::of("p.yml", pipeline, "{}").content), expected);
}

#[test]
fn every_variable_is_explained_and_used() {
    for pipeline in pipeline::all() {
        assert_eq!(pipeline.variable_mistakes, [""; 0], "{}", pipeline.name);
    }
}

#[test]
fn the_mistakes_of_variables_are_found() {
    let text = "resources:\n- name: ((told))-((untold))\n";
    let variables = "# All.\ntold: 1\nidle: |\n  with: more\n# One.\nother: \"x\"\n";
    let pipeline = Pipeline::of("p.yml", text, variables);
    let expected = [
        "((untold)) is not in the file of the variables",
        "((idle)) is not used",
        "((other)) is not used",
        "((idle)) has no comment",
        "((told)) has no quotes",
    ];
    assert_eq!(pipeline.variable_mistakes, expected);
    assert_eq!(pipeline.content["resources"][0]["name"], "1-null");
}

#[test]
fn the_mistakes_of_a_pipeline_are_found() {
    let pipeline = r#"
        resource_types:
        - {name: davos, type: registry-image, source: {repository: davos}}
        - {name: idle, type: registry-image, source: {repository: idle}}
        - {name: slack, type: registry-image, source: {repository: slack}}
        source: &source {os: jammy, product: p, tracker: {driver: file, path: /t}}
        resources:
        - {name: notices, type: davos, source: {<<: *source, priority: high}}
        - {name: releases, type: davos, source: {<<: *source, emit: releases}}
        - {name: mail, type: pigeon}
        - {name: chat, type: slack}
        - {name: code, type: git, source: {uri: x}}
        jobs:
        - name: build
          plan:
          - in_parallel:
            - get: code
              passed: [test]
            - task: early
              file: code/task.yml
          - task: build
            config: {inputs: [{name: code}, {name: data}], outputs: [{name: built}]}
            output_mapping: {built: made}
          - put: releases
            inputs: [code]
            params: {version_file: built/version, packages_file: [made/a, code/b], notices: [USN-1-1, notices], note: x}
          - get: sources
          - {put: chat, no_get: true, params: {text: x}}
          - try: {put: chat, no_get: true, params: {text: x}}
        - name: test
          plan:
          - get: code
            passed: [build]
          - get: releases
            passed: [build]
            params: {unpack: true}
          - get: notices
            passed: [build]
          on_failure: {put: code, no_get: true, params: {repository: code/x}}
    "#;
    let wrong = judge(&Pipeline::of("p.yml", pipeline, "{}").content);
    let expected = [
        ("resource notices: ", "source.priority: unknown key, did you mean `priorities`?"),
        ("resource mail: ", "no resource type pigeon"),
        ("resource type idle: ", "not used"),
        ("job build: get code: ", "no job \"test\" before this one has code"),
        ("job build: task \"early\": ", "code/task.yml is of no step before it"),
        ("job build: task \"build\": ", "data is of no step before it"),
        ("job build: put releases: ", "params.note: unknown key"),
        ("job build: put releases: ", "notices is of no step before it"),
        ("job build: put releases: ", "notices is not among its inputs"),
        ("job build: put releases: ", "made/a is not among its inputs"),
        ("job build: put releases: ", "built/version is of no step before it"),
        ("job build: put releases: ", "built/version is not among its inputs"),
        ("job build: get sources: ", "no resource sources"),
        ("job build: put chat: ", "a message has to be in a `try`"),
        ("job build: put releases: ", "nobody reads what it gets"),
        ("job test: get releases: ", "params.unpack: unknown key"),
        ("job test: get notices: ", "no job \"build\" before this one has notices"),
        ("resource mail: ", "not used"),
    ];
    for (place, said) in expected {
        let found = wrong.iter().any(|mistake| mistake.starts_with(place) && mistake.contains(said));
        assert!(found, "{place}{said}: {wrong:#?}");
    }
    // What a get of a resource with a wrong source says is the source's mistake once more.
    assert_eq!(wrong.len(), expected.len() + 1, "{wrong:#?}");
}
