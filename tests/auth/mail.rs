//! The mails that wait: each is sent once, by one server, however often it takes.
use crate::support::{postbox::Mood, *};
use chrono::Duration;
use entity::{mail, mail_token};
use fieldhouse::mail::{MailOptions, Mailer, Unusable};
use sea_orm::EntityTrait;

async fn request(world: &World, email: &str) {
    let input = json!({ "email": email });
    world
        .anonymous()
        .change("passwordResetRequest", input, "accepted")
        .await
        .ok();
}

/// Looks into the outbox until nothing is due.
async fn send_all(world: &World) {
    while world.app.send_mail().await.expect("the outbox is emptied") {}
}

both! {
    async fn a_mail_is_sent_once_the_server_is_back(world: World) {
        let mut postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        postbox.shut();
        request(&world, "ines@example.org").await;
        send_all(&world).await;
        assert_eq!(world.count::<mail_token::Entity>().await, 0, "a secret that reached nobody is no good");
        for seconds in [15, 30, 60, 120] {
            world.pass(Duration::seconds(seconds) - Duration::milliseconds(1));
            assert!(!world.app.send_mail().await.expect("it waits"), "before {seconds} s");
            world.pass(Duration::milliseconds(1));
            assert!(world.app.send_mail().await.expect("it is tried"), "after {seconds} s");
        }
        postbox.reopen().await;
        world.pass(Duration::seconds(240));
        send_all(&world).await;
        assert_eq!(postbox.only().to, "ines@example.org");
        world.pass(Duration::hours(25));
        send_all(&world).await;
        assert_eq!(postbox.mails().len(), 1, "no second mail");
        assert_eq!(world.count::<mail::Entity>().await, 0);
        assert_eq!(postbox.logins(), ["PLAIN AHBvc3RtYW4Ac2VjcmV0"]);
    }

    async fn a_busy_server_is_asked_again_and_a_mailbox_that_is_not_there_never(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        postbox.set(Mood::IsBusy);
        request(&world, "ines@example.org").await;
        send_all(&world).await;
        assert_eq!(world.count::<mail::Entity>().await, 1);
        world.pass(Duration::minutes(1));
        postbox.set(Mood::KnowsNobody);
        send_all(&world).await;
        assert_eq!(world.count::<mail::Entity>().await, 0);
        assert_eq!(world.count::<mail_token::Entity>().await, 0);
        assert_eq!(postbox.mails().len(), 0);
    }

    async fn a_mail_is_given_up_after_a_day(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        postbox.set(Mood::IsBusy);
        request(&world, "ines@example.org").await;
        for _ in 0..23 {
            send_all(&world).await;
            world.pass(Duration::hours(1));
        }
        assert_eq!(world.count::<mail::Entity>().await, 1);
        world.pass(Duration::hours(1));
        postbox.set(Mood::Takes);
        send_all(&world).await;
        assert_eq!(world.count::<mail::Entity>().await, 0);
        assert_eq!(postbox.mails().len(), 0);
    }

    async fn a_server_that_stops_half_way_leaves_the_mail_to_be_sent(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        postbox.set(Mood::IsSilent);
        request(&world, "ines@example.org").await;
        let short = std::time::Duration::from_secs(2);
        let cut_short = tokio::time::timeout(short, world.app.send_mail()).await;
        assert!(cut_short.is_err(), "it waits for the server");
        postbox.set(Mood::Takes);
        let other = world.second_server().await;
        assert!(!other.app.send_mail().await.expect("it is taken"), "the first may still be at it");
        world.pass(Duration::minutes(3));
        assert!(other.app.send_mail().await.expect("it is sent"));
        send_all(&world).await;
        assert_eq!(postbox.only().to, "ines@example.org");
        other.app.db.close().await;
    }

    async fn servers_that_share_an_outbox_send_each_mail_once(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        let other = world.second_server().await;
        for number in 0..12 {
            world.person(&format!("Coach{number}")).await;
            request(&world, &format!("coach{number}@example.org")).await;
        }
        let together = [&world, &other, &world, &other].map(send_all);
        futures_util::future::join_all(together).await;
        let mut to: Vec<String> = postbox.mails().into_iter().map(|mail| mail.to).collect();
        to.sort();
        to.dedup();
        assert_eq!((to.len(), postbox.mails().len()), (12, 12));
        assert_eq!(world.count::<mail::Entity>().await, 0);
        other.app.db.close().await;
    }

    async fn a_request_wakes_the_server_that_sends(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        let app = world.app.clone();
        let sending = tokio::spawn(async move { app.keep_sending_mail().await });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        request(&world, "ines@example.org").await;
        for _ in 0..200 {
            if !postbox.mails().is_empty() && world.count::<mail::Entity>().await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        world.app.stop();
        sending.await.expect("it stops");
        assert_eq!(postbox.only().to, "ines@example.org");
    }

    async fn what_waits_holds_no_secret(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.person("Ines").await;
        postbox.set(Mood::IsBusy);
        request(&world, "ines@example.org").await;
        assert_eq!(world.count::<mail_token::Entity>().await, 0, "it is made when it is sent");
        send_all(&world).await;
        let row = mail::Entity::find().one(&world.raw).await.expect("mails").expect("one");
        assert_eq!((row.email.as_str(), row.attempts), ("ines@example.org", 1));
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_the_start_without_a_word_of_it() {
    let good = Postbox::open().await.options();
    let refused = |options: MailOptions| Mailer::new(&options).err();
    assert_eq!(refused(good.clone()), None);
    let url = |url: &str| Some(url.parse().expect("a URL is a text"));
    for wrong in ["postbox.test", "http://postbox.test", "smtp://user:top secret@"] {
        let options = MailOptions {
            smtp_url: url(wrong),
            ..good.clone()
        };
        assert_eq!(refused(options.clone()), Some(Unusable::Server), "{wrong}");
        assert!(!format!("{options:?}").contains("secret"));
    }
    let without = MailOptions {
        mail_from: None,
        ..good.clone()
    };
    assert_eq!(refused(without), Some(Unusable::Sender));
    for wrong in [
        "https://example.org/reset",
        "ftp://example.org/{token}",
        "https://example.org/ {token}",
    ] {
        let options = MailOptions {
            password_reset_url: Some(wrong.to_owned()),
            ..good.clone()
        };
        assert_eq!(refused(options), Some(Unusable::Page), "{wrong}");
    }
    assert!(!Mailer::default().is_ready());
}
