//! Throttling: by person, token and address; the same on all servers of a database.
use super::wire::Wire;
use crate::support::*;
use fieldhouse::{
    App,
    http::{Edge, Rates},
};
use std::time::Duration;

fn edge(rates: Rates) -> Edge {
    Edge {
        rates,
        trusted_proxies: 1,
        ..Edge::default()
    }
}

both! {
    async fn who_asks_too_much_waits(world: World) {
        let program = world.program("Riverside").await;
        let (ines, mia) = (program.coach("Ines").await, program.coach("Mia").await);
        let wire = Wire::with(&world, edge(Rates { points_per_user: 40, ..Rates::default() })).await;
        let text = "{ programs(first: 15) { nodes { id } } }";
        let ask = async |who: &Member| wire.ask(who.client.token.as_deref(), text).await;
        assert_eq!([ask(&ines).await.status, ask(&ines).await.status], [200, 200]);
        let refused = ask(&ines).await;
        assert_eq!((refused.status, refused.code()), (429, "THROTTLED"));
        let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&seconds));
        assert!(refused.body.get("data").is_none());
        assert_eq!(ask(&mia).await.status, 200, "others do not wait");
    }

    async fn an_address_tries_few_passwords(world: World) {
        let wire = Wire::with(&world, edge(Rates { sign_ins_per_address: 3, ..Rates::default() })).await;
        let tries = "mutation { authLogin(input: { email: \"nobody@example.org\", password: \"wrong wrong wrong\" }) { userErrors { code } } }";
        let hidden = tries.replacen('{', "{ ... @include(if: true) { ...A } } fragment A on Mutation {", 1);
        let ask = async |address: &str, text: &str| {
            let body = json!({ "query": text }).to_string();
            wire.post(body, &[("x-forwarded-for", address)]).await.status
        };
        let from = async |address: &str| ask(address, tries).await;
        assert_eq!([from("192.0.2.1").await, from("192.0.2.1").await, from("192.0.2.1").await], [200, 200, 200]);
        assert_eq!(from("192.0.2.1").await, 429);
        assert_eq!(ask("192.0.2.1", &hidden).await, 429, "whatever it is wrapped in");
        assert_eq!([ask("192.0.2.3", &hidden).await, from("192.0.2.3").await, from("192.0.2.3").await], [200, 200, 200]);
        assert_eq!(from("192.0.2.3").await, 429);
        assert_eq!(from("192.0.2.2").await, 200);
        assert_eq!(from("2001:db8::1").await, 200);
    }

    async fn an_address_asks_for_so_much_and_no_more(world: World) {
        let wire = Wire::with(&world, edge(Rates { points_per_address: 5, ..Rates::default() })).await;
        let body = || r#"{"query":"{__typename}"}"#.to_owned();
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(wire.post(body(), &[("x-forwarded-for", "192.0.2.1")]).await.status);
        }
        assert_eq!(statuses, [200, 200, 429, 429], "one to be read, one for what it costs");
    }

    async fn more_servers_do_not_mean_more_for_anybody(world: World) {
        if world.kind == Kind::Sqlite {
            eprintln!("skipped: a SQLite database has one server");
            return;
        }
        let ines = world.program("Riverside").await.coach("Ines").await;
        let token = ines.client.token.as_deref();
        let rates = Rates { points_per_user: 60, ..Rates::default() };
        let apps = [0, 1].map(|_| App::with(world.app.db.clone(), edge(rates.clone())));
        let apps = apps.map(|mut app| {
            app.clock = world.app.clock.clone();
            app
        });
        let tending: Vec<_> = apps.iter().map(|app| tokio::spawn(app.clone().tend())).collect();
        let mut wires = Vec::new();
        for app in apps {
            wires.push(Wire::serving(app).await);
        }
        let text = "{ programs(first: 50) { nodes { id } } }";
        assert_eq!(wires[0].ask(token, text).await.status, 200);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        // The other one hears of it with its own first count.
        let small = "{ __typename }";
        assert_eq!(wires[1].ask(token, small).await.status, 200);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(wires[1].ask(token, text).await.status, 429);
        tending.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
