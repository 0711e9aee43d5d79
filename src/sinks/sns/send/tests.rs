//! The topic against a server in memory.

use crate::aws::wire::{Answer, Request, Wire, default_answer, ok, xml_error};
use crate::sinks::Sink;
use crate::sinks::settings::{S3, Sns};
use crate::sinks::trial::{report_of, send};

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:noderole";

fn published() -> Answer {
    ok("<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>")
}

fn wire(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Wire {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    Wire::new(move |request: &Request| {
        if request.operation != "Publish" {
            return default_answer();
        }
        answer(calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    })
}

fn topic() -> Sink {
    Sink::Sns(Sns::of(TOPIC.into()))
}

#[tokio::test(start_paused = true)]
async fn a_run_is_one_message_to_the_topics_region() {
    let wire = wire(|_| published());
    let delivery = send(&wire, &mut report_of(3), topic()).await;
    assert_eq!((delivery.offered, delivery.delivered), (1, 1));
    let [request] = wire.log_of("Publish").try_into().unwrap();
    assert_eq!((request.service.as_str(), request.region.as_str()), ("sns", "eu-central-1"));
    for part in [
        "TopicArn=arn:aws:sns:eu-central-1:111122223333:noderole",
        "Subject=noderole: INCOMPLETE, 3 new",
        "Message=EKS node roles, run 20261101T090807Z-0a0b0c",
        "Name=severity&",
        "StringValue=critical",
        "DataType=Number",
    ] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
    assert!(!request.text.contains("MessageGroupId"));
}

#[tokio::test(start_paused = true)]
async fn a_run_without_news_is_a_message_only_where_all_are_wanted() {
    let wire = wire(|_| published());
    let mut report = report_of(0);
    report.complete = true;
    let delivery = send(&wire, &mut report, topic()).await;
    assert_eq!((delivery.offered, delivery.is_whole()), (0, true));
    let all = Sink::Sns(Sns { only_changes: false, ..Sns::of(TOPIC.into()) });
    assert_eq!(send(&wire, &mut report, all).await.delivered, 1);
    report.complete = false;
    assert_eq!(send(&wire, &mut report, topic()).await.delivered, 1, "that something was not seen is news");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_keeps_an_order_gets_a_group_and_an_id() {
    let wire = wire(|_| published());
    send(&wire, &mut report_of(1), Sink::Sns(Sns::of(format!("{TOPIC}.fifo")))).await;
    let text = &wire.log_of("Publish")[0].text;
    assert!(text.contains("MessageGroupId=noderole"), "{text}");
    assert!(text.contains("MessageDeduplicationId=20261101T090807Z-0a0b0c"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_the_moment_passes_and_what_is_denied_is_told() {
    let moody = wire(|call| if call < 3 { xml_error(500, "InternalError") } else { published() });
    assert!(send(&moody, &mut report_of(1), topic()).await.is_whole());
    let closed = wire(|_| xml_error(403, "AuthorizationError"));
    let delivery = send(&closed, &mut report_of(1), topic()).await;
    assert_eq!((delivery.offered, delivery.delivered), (1, 0));
    assert_eq!(delivery.failures[0].error, "AuthorizationError");
    assert_eq!(closed.log_of("Publish").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_message_says_where_the_whole_report_is() {
    let wire = wire(|_| published());
    let mut report = report_of(1);
    let sdk = wire.sdk();
    let member = crate::collect::member::MemberRole::default();
    let within = std::time::Duration::from_secs(5);
    let run = crate::sinks::Run { sdk: &sdk, member: &member, inventory: None, within };
    let sinks = [topic(), Sink::S3(S3 { prefix: "audits/".into(), ..S3::of("reports".into()) })];
    // S3 is not there in this world; the message has gone before.
    let interrupt = async {
        while wire.log_of("Publish").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    crate::sinks::deliver(&mut report, &sinks, run, std::pin::pin!(interrupt)).await;
    let text = &wire.log_of("Publish")[0].text;
    assert!(text.contains("s3://reports/audits/runs/20261101T090807Z-0a0b0c/report.json"), "{text}");
}
