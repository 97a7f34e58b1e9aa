//! The templates that every new installation starts with, and the secret that its data folder keeps.

use crate::common::{Home, first, request, stories, word};
use domain::label::ENVIRONMENTS;
use domain::policy::Policy;
use domain::template::TemplateFilter;
use service::clock::SeededRandom;
use service::crypto::Secrets;
use service::{audit, first_data, policies, render, templates, versions};

stories!(
    an_empty_project_gets_templates_on_every_environment,
    a_project_with_templates_is_left_alone,
    a_protected_environment_serves_none_of_them,
    later_revisions_are_saved_and_serve_nothing,
    every_sample_renders_from_what_is_served,
);

/// Three of coaching's neighbours (seed 3), four topics of coaching and one of a KPI (seed 4).
const KEYS: [&str; 8] = [
    "clarification_question_generation",
    "core_values",
    "educational_script_generation",
    "goals",
    "nlu_topic_extraction",
    "purpose",
    "revenue_salesforce",
    "vision",
];

async fn an_empty_project_gets_templates_on_every_environment(home: &Home) {
    let ctx = home.system().await;
    let count = first_data::load(&ctx).await.unwrap();
    let list = templates::list(&ctx, &TemplateFilter::default(), &first(50)).await.unwrap().items;
    assert_eq!(count, 8);
    let keys: Vec<&str> = list.iter().map(|template| template.key.as_str()).collect();
    assert_eq!(keys, KEYS);
    for template in list {
        for environment in ENVIRONMENTS {
            assert_eq!(template.version_on(environment), Some(1), "{} on {environment}", template.key);
        }
    }
    assert_eq!(audit::verify(&ctx).await.unwrap().broken_at, None);
}

async fn a_protected_environment_serves_none_of_them(home: &Home) {
    home.manager().await;
    let ctx = home.system().await;
    policies::update(&ctx, "production", Some(Policy::default()), None).await.unwrap();
    assert_eq!(first_data::load(&ctx).await.unwrap(), 8);
    let template = templates::get(&ctx, "core_values").await.unwrap();
    assert_eq!((template.version_on("staging"), template.version_on("production")), (Some(1), None));
}

async fn a_project_with_templates_is_left_alone(home: &Home) {
    let ctx = home.system().await;
    home.template("mine", "text").await;
    let archive = domain::template::TemplatePatch { is_archived: Some(true), ..Default::default() };
    templates::update(&ctx, "mine", archive, None).await.unwrap();
    assert_eq!(first_data::load(&ctx).await.unwrap(), 0);
    assert_eq!(home.count("template").await, 1);
    let other = home.new_project("other").await;
    assert_eq!(first_data::load(&other).await.unwrap(), 8, "each project has its own");
}

async fn later_revisions_are_saved_and_serve_nothing(home: &Home) {
    let ctx = home.system().await;
    first_data::load(&ctx).await.unwrap();
    first_data::load_revisions(&ctx).await.unwrap();
    for (key, revisions) in first_data::revisions().unwrap() {
        let template = templates::get(&ctx, &key).await.unwrap();
        assert_eq!(template.latest_version, 1 + revisions.len() as i64, "{key}");
        assert_eq!(template.version_on("production"), Some(1));
        let latest = versions::get(&ctx, &key, 0).await.unwrap();
        assert_eq!(
            (latest.content, latest.parent),
            (revisions[revisions.len() - 1].content.clone(), template.latest_version - 1)
        );
    }
}

async fn every_sample_renders_from_what_is_served(home: &Home) {
    let ctx = home.system().await;
    first_data::load(&ctx).await.unwrap();
    for template in first_data::all().unwrap() {
        for sample in first_data::samples(&template.key).unwrap().samples {
            let reply = render::render(&ctx, request(&template.key, sample.variables.into())).await.unwrap();
            assert!(!reply.rendered_prompt.is_empty(), "{} {}", template.key, sample.name);
        }
    }
    assert!(word(first_data::samples("none").map(drop)).starts_with("internal"));
}

#[test]
fn a_data_folder_keeps_one_secret_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let made = Secrets::load_or_create(&file, &SeededRandom::new(1)).unwrap();
    let read = Secrets::load_or_create(&file, &SeededRandom::new(2)).unwrap();
    assert_eq!(made.api_key_hash("x"), read.api_key_hash("x"));
    let other = Secrets::load_or_create(&folder.path().join("other"), &SeededRandom::new(3)).unwrap();
    assert_ne!(made.api_key_hash("x"), other.api_key_hash("x"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for damaged in ["", "c2hvcnQ", "not base64!"] {
        std::fs::write(&file, damaged).unwrap();
        assert!(Secrets::load_or_create(&file, &SeededRandom::new(1)).is_err(), "{damaged:?}");
    }
    assert!(Secrets::load_or_create(&folder.path().join("none/secret"), &SeededRandom::new(1)).is_err());
}
