//! The first owner, as the command line makes them.
use crate::support::*;
use entity::enums::ProgramKind;
use fieldhouse::auth::owner::{NewOwner, NewProgram, create};

fn owner(email: &str, password: &str, timezone: &str) -> NewOwner {
    NewOwner {
        email: email.to_owned(),
        name: "Ines".to_owned(),
        password: password.to_owned(),
        timezone: timezone.to_owned(),
        program: Some(NewProgram {
            name: "Río & Co. Track!".to_owned(),
            kind: ProgramKind::Club,
        }),
    }
}

both! {
    async fn an_owner_owns_the_program(world: World) {
        let created = create(&world.app, owner("Ines@example.org", account::PASSWORD, "Europe/Madrid")).await;
        let program = created.expect("the owner").program.expect("the program");
        assert_eq!(program.slug, "r-o-co-track");
        let client = world.logged_in("ines@example.org").await;
        let answer = client.ask("{ viewer { timezone memberships { nodes { role displayName permissions } } } }").await;
        assert_eq!(answer.get("viewer.timezone"), "Europe/Madrid");
        assert_eq!(answer.get("viewer.memberships.nodes.0.role"), "OWNER");
        assert_eq!(answer.get("viewer.memberships.nodes.0.permissions").as_array().map(Vec::len), Some(13));
        let other = create(&world.app, owner("omar@example.org", account::PASSWORD, "Europe/Madrid")).await;
        let other = other.expect("the owner").program.expect("the program");
        assert!(other.slug.starts_with("r-o-co-track-"), "{}", other.slug);
    }

    async fn mistakes_are_told_in_words_and_nothing_is_made(world: World) {
        let refused = create(&world.app, owner("ines", "short", "Mars/Olympus")).await.expect_err("mistakes");
        assert_eq!(
            refused.to_string(),
            "email: Give an e-mail address, such as ines@example.org.; password: Give at least 12 characters.; \
             timezone: Give an IANA time zone name, such as America/Denver."
        );
        world.founder("Ines", "Riverside").await;
        let again = create(&world.app, owner("INES@example.org", account::PASSWORD, "Europe/Madrid")).await;
        let again = again.expect_err("the address is used").to_string();
        assert_eq!(again, "email: This e-mail address is already used.");
        assert_eq!(world.count::<entity::program::Entity>().await, 1);
        assert_eq!(world.count::<entity::user::Entity>().await, 1);
    }
}
