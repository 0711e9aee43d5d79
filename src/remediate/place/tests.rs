//! Places: the same in a folder and in a bucket, and what is each one's own.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use super::*;
use crate::aws::wire::{Answer, Request, Wire, default_answer, ok};
use crate::ids::AccountId;
use crate::remediate::journal::{Line, Outcome, SCHEMA, What};

const OTHER: &str = "20261124T190000Z-000002";
const ID: &str = "20261124T180000Z-000001";

/// S3 in memory: objects with their tags, and whatever a test answers in its place.
#[derive(Debug, Clone, Default)]
pub(crate) struct S3InMemory(Arc<Mutex<BTreeMap<String, (String, usize)>>>);

impl S3InMemory {
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        let (method, key) = request.operation.split_once(" /").unwrap();
        let mut objects = self.0.lock().unwrap();
        let there = objects.get(key).cloned();
        let tag = |number: usize| vec![("etag", format!("\"{number}\""))];
        match (method, there) {
            ("GET", None) => s3_error(404, "NoSuchKey"),
            ("GET", Some((body, number))) => Answer::Headed(200, tag(number), body),
            ("PUT", there) => {
                let header = |name: &str| request.headers.get(name).cloned();
                let is = there.as_ref().map(|(_, number)| format!("\"{number}\""));
                let taken = header("if-none-match").is_some() && is.is_some();
                let moved = header("if-match").is_some_and(|wanted| is != Some(wanted));
                if taken || moved {
                    return s3_error(412, "PreconditionFailed");
                }
                let number = there.map_or(1, |(_, number)| number + 1);
                objects.insert(key.to_owned(), (request.body.clone(), number));
                Answer::Headed(200, tag(number), String::new())
            }
            _ => panic!("nobody answers {request:?}"),
        }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    fn put(&self, key: &str, body: &str) {
        self.0.lock().unwrap().insert(key.to_owned(), (body.to_owned(), 1000));
    }
}

fn s3_error(status: u16, code: &str) -> Answer {
    Answer::Text(status, format!("<Error><Code>{code}</Code><Message>the message of {code}</Message></Error>"))
}

fn settings() -> S3 {
    let expected_bucket_owner = Some("000000000009".parse().unwrap());
    let kms_key = Some("alias/journals".to_owned());
    S3 { prefix: "noderole/".to_owned(), expected_bucket_owner, kms_key, ..S3::of("journals".to_owned()) }
}

/// A bucket whose requests `fault` may answer.
fn bucket(s3: &S3InMemory, fault: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> (Place, Wire) {
    let s3 = s3.clone();
    let wire = Wire::new(move |request| {
        if request.service == "sts" {
            return default_answer();
        }
        fault(request).unwrap_or_else(|| s3.answer(request))
    });
    (Place::bucket(&wire.sdk(), Partition::Aws, &settings()), wire)
}

/// A folder and a bucket.
fn places() -> (tempfile::TempDir, [Place; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let places = [Place::folder(folder.path().join("new/journals")), bucket(&S3InMemory::default(), |_| None).0];
    (folder, places)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-24T18:00:00Z")
}

pub(crate) fn plan() -> Plan {
    Plan {
        schema: plan::SCHEMA.to_owned(),
        plan_id: "plan-1".to_owned(),
        tool_version: "0".to_owned(),
        run_id: "r".to_owned(),
        partition: Partition::Aws,
        created_at: now(),
        expires_at: now(),
        node_roles: 10,
        roles: Vec::new(),
        left: Vec::new(),
    }
}

fn begun() -> Line {
    let what = What::Begun {
        schema: SCHEMA.to_owned(),
        journal_id: ID.to_owned(),
        tool_version: "0".to_owned(),
        caller: "me".to_owned(),
        plan: Box::new(plan()),
    };
    Line { at: now(), what }
}

fn ended(message: &str) -> Line {
    let role = "arn:aws:iam::000000000001:role/workers".parse().unwrap();
    Line { at: now(), what: What::Ended { role, outcome: Outcome::Failed, message: message.to_owned() } }
}

fn account() -> AccountId {
    "000000000001".parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_journal_is_written_line_by_line_read_back_and_gone_on_with() {
    let (_folder, places) = places();
    for place in &places {
        let mut journal = place.begin_journal(ID).unwrap();
        journal.write(&begun()).await.unwrap();
        journal.write(&ended("a")).await.unwrap();
        let named = journal.told();
        drop(journal);
        let (read, mut journal) = place.reopen_journal(ID).await.unwrap();
        assert_eq!(read.lines, [begun(), ended("a")]);
        journal.write(&ended("b")).await.unwrap();
        // by its path or URL as well
        assert_eq!(place.journal(&named).await.unwrap().lines, [begun(), ended("a"), ended("b")], "{named}");
        assert!(matches!(place.journal("another").await, Err(PlaceError::Missing { .. })));
        for wrong in ["", "..", ".hidden", "a b", &"x".repeat(129)] {
            assert!(matches!(place.begin_journal(wrong), Err(PlaceError::Name { .. })), "{wrong}");
        }
        assert!(matches!(place.journal("s3://elsewhere/journals/x/").await, Err(PlaceError::Elsewhere { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_never_write_the_same_journal() {
    let (_folder, places) = places();
    for place in &places {
        let mut first = place.begin_journal(ID).unwrap();
        first.write(&begun()).await.unwrap();
        let error = match place.begin_journal(ID) {
            Err(error) => error,
            // in a bucket the first line tells
            Ok(mut second) => second.write(&ended("x")).await.unwrap_err(),
        };
        assert!(matches!(error, PlaceError::Exists { .. } | PlaceError::Busy { .. }), "{error}");
        let error = match place.reopen_journal(ID).await {
            Err(error) => error,
            Ok((_, mut second)) => {
                first.write(&ended("a")).await.unwrap();
                second.write(&ended("b")).await.unwrap_err()
            }
        };
        assert!(matches!(error, PlaceError::Busy { .. }), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn files_are_for_their_owner_alone_and_a_line_that_was_cut_off_is_cut_away() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path().join("journals"));
    let mut journal = place.begin_journal(ID).unwrap();
    journal.write(&begun()).await.unwrap();
    drop(journal);
    place.keep_plan(&plan()).await.unwrap();
    let path = folder.path().join("journals").join(format!("{ID}.jsonl"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&folder.path().join("journals"))), (0o600, 0o700));
    assert_eq!(mode(&folder.path().join("journals/plans/plan-1.json")), 0o600);

    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), br#"{"at":"2026-11-24T18:00:00Z","wha"#].concat()).unwrap();
    let (read, mut journal) = place.reopen_journal(ID).await.unwrap();
    assert_eq!(read.lines, [begun()]);
    journal.write(&ended("a")).await.unwrap();
    drop(journal);
    assert_eq!(place.journal(ID).await.unwrap().lines, [begun(), ended("a")]);
}

#[tokio::test(start_paused = true)]
async fn objects_are_encrypted_put_for_the_owner_and_never_overwritten() {
    let s3 = S3InMemory::default();
    let (place, wire) = bucket(&s3, |_| None);
    let mut journal = place.begin_journal(ID).unwrap();
    journal.write(&begun()).await.unwrap();
    journal.write(&ended("a")).await.unwrap();
    let lines = [1, 2].map(|number| format!("noderole/journals/{ID}/{number:06}.json"));
    assert_eq!(s3.keys(), lines);
    for (request, key) in wire.log().iter().zip(lines) {
        assert_eq!(request.operation, format!("PUT /{key}"));
        for (header, value) in [
            ("if-none-match", "*"),
            ("x-amz-expected-bucket-owner", "000000000009"),
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "alias/journals"),
        ] {
            assert_eq!(request.headers[header], value);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_was_put_and_answered_too_late_is_our_own() {
    let s3 = S3InMemory::default();
    let (inside, counted) = (s3.clone(), Arc::new(Mutex::new(0)));
    let (place, wire) = bucket(&s3, move |request| {
        let mut nth = counted.lock().unwrap();
        *nth += 1;
        if *nth == 1 {
            inside.answer(request);
            return Some(Answer::CutOff);
        }
        None
    });
    place.begin_journal(ID).unwrap().write(&begun()).await.unwrap();
    let operations: Vec<String> = wire.log().into_iter().map(|request| request.operation).collect();
    let key = format!("/noderole/journals/{ID}/000001.json");
    assert_eq!(operations, [format!("PUT {key}"), format!("PUT {key}"), format!("GET {key}")]);
}

#[tokio::test(start_paused = true)]
async fn what_s3_refuses_is_told_with_the_place_and_what_to_do() {
    let (place, _) = bucket(&S3InMemory::default(), |_| Some(s3_error(403, "AccessDenied")));
    let error = place.begin_journal(ID).unwrap().write(&begun()).await.unwrap_err();
    let text = told(&error);
    for part in ["write", "s3://journals/noderole/journals", "s3:PutObject", "AccessDenied"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn plans_are_kept_once_and_histories_replaced() {
    let (_folder, places) = places();
    for place in &places {
        place.keep_plan(&plan()).await.unwrap();
        assert_eq!(place.plan("plan-1").await.unwrap(), plan());
        let changed = Plan { run_id: "other".to_owned(), ..plan() };
        assert!(matches!(place.keep_plan(&changed).await, Err(PlaceError::Exists { .. })));
        assert!(matches!(place.plan("plan-2").await, Err(PlaceError::Missing { .. })));
        assert_eq!(place.history("NR201-abc").await.unwrap(), None);
        for text in [r#"{"failed":1}"#, r#"{"failed":2}"#] {
            place.keep_history("NR201-abc", text.as_bytes(), now()).await.unwrap();
            assert_eq!(place.history("NR201-abc").await.unwrap().as_deref(), Some(text.as_bytes()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_is_locked_for_one_run_and_free_once_it_is_given_back() {
    let (_folder, places) = places();
    for place in &places {
        let lock = place.lock(&account(), ID, now()).await.unwrap();
        let error = place.lock(&account(), OTHER, now()).await.unwrap_err();
        assert!(matches!(&error, LockError::Held { owner, .. } if owner == ID), "{error}");
        assert!(error.to_string().contains(&format!("--resume {ID}")), "{error}");
        place.unlock(&lock, now()).await.unwrap();
        place.lock(&account(), OTHER, now()).await.unwrap();
        // another account has a lock of its own
        place.lock(&"000000000002".parse().unwrap(), ID, now()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_has_expired_is_taken_over_and_its_holder_hears_of_it() {
    let (_folder, places) = places();
    for place in &places {
        let mut lock = place.lock(&account(), ID, now()).await.unwrap();
        let (expired, later) = (at("2026-11-24T18:10:30Z"), at("2026-11-24T18:11:01Z"));
        assert!(place.lock(&account(), OTHER, expired).await.is_err(), "clocks differ");
        let other = place.lock(&account(), OTHER, later).await.unwrap();
        let error = place.renew(&mut lock, later).await.unwrap_err();
        assert!(matches!(&error, LockError::Lost { owner, .. } if owner == OTHER), "{error}");
        assert!(matches!(place.unlock(&lock, later).await, Err(LockError::Lost { .. })));
        // the other's is as it was
        place.unlock(&other, later).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_renewed_and_one_of_the_same_journal_is_taken_over() {
    let (_folder, places) = places();
    for place in &places {
        let mut lock = place.lock(&account(), ID, now()).await.unwrap();
        let (half, later) = (at("2026-11-24T18:05:01Z"), at("2026-11-24T18:12:00Z"));
        assert!(!lock.is_to_be_renewed(at("2026-11-24T18:04:59Z")) && lock.is_to_be_renewed(half));
        place.renew(&mut lock, half).await.unwrap();
        assert!(!lock.is_to_be_renewed(half) && lock.lasts(later));
        assert!(place.lock(&account(), OTHER, later).await.is_err());
        place.lock(&account(), ID, later).await.unwrap();
        assert!(matches!(place.renew(&mut lock, later).await, Err(LockError::Lost { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_take_an_expired_lock_in_the_same_moment_one_gets_it() {
    let s3 = S3InMemory::default();
    let (place, _) = bucket(&s3, |_| None);
    place.lock(&account(), "before", at("2026-11-24T12:00:00Z")).await.unwrap();
    let account = account();
    let (one, other) = tokio::join!(place.lock(&account, ID, now()), place.lock(&account, OTHER, now()));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let error = one.err().or(other.err()).unwrap();
    assert!(matches!(error, LockError::Held { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_lock_locks_nobody_in() {
    let s3 = S3InMemory::default();
    let (place, _) = bucket(&s3, |_| None);
    s3.put("noderole/locks/000000000001.json", "{}");
    let error = place.lock(&account(), ID, now()).await.unwrap_err();
    assert!(told(&error).contains("locks/000000000001.json is no lock"), "{}", told(&error));
    let (place, _) = bucket(&s3, |r: &Request| Some(ok("no tag")).filter(|_| r.operation.starts_with("PUT")));
    let kept = place.keep_history("f", b"{}", now()).await;
    assert!(told(&kept.unwrap_err()).contains("no ETag"), "what nobody put is not there");
    let (place, _) = bucket(&s3, {
        let s3 = s3.clone();
        move |r: &Request| {
            let key = r.operation.strip_prefix("PUT /")?;
            s3.put(key, &r.body);
            Some(ok("no tag"))
        }
    });
    assert!(place.keep_history("f", b"{}", now()).await.is_ok(), "it is read back");
}
