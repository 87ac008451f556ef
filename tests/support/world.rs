//! A small world to ask about: programs, people and their roles, in the verbs of the domain. People and their tokens
//! are made by inserting rows, for hashing passwords is slow; everything asked afterwards goes through the router.
use super::{
    client::Client,
    database::{Kind, connect},
};
use axum::Router;
use chrono::{DateTime, Duration, TimeZone, Utc};
use entity::{
    Json, api_token, auth_session, auth_token,
    enums::{HealthAccess, ProgramKind, ProgramRole, TokenKind, UnitSystem},
    program, program_member, user,
};
use fieldhouse::{
    App,
    access::{ApiScope, Viewer},
    auth::{API_TOKEN_PREFIX, Credential},
    config::DatabaseOptions,
    http::{Edge, Limits, Rates},
    mail::{MailOptions, Mailer},
    scope::{Clock, new_id},
    sql::folded,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait,
};
use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// A server on a database of its own.
#[derive(Clone)]
pub struct World {
    pub kind: Kind,
    pub app: App,
    pub router: Router,
    /// A second connection, for what tests arrange and inspect behind the server's back.
    pub raw: DatabaseConnection,
    /// Where the database is.
    pub url: String,
    moment: Arc<Mutex<DateTime<Utc>>>,
}

impl World {
    /// The world on a migrated database, on Monday, 2 March 2026, at noon UTC.
    pub async fn on(kind: Kind, url: &str) -> Self {
        let options = DatabaseOptions {
            database_url: url.into(),
            no_migrate: true,
            patience: Default::default(),
        };
        let moment = Utc.with_ymd_and_hms(2026, 3, 2, 12, 0, 0).single().expect("a moment");
        let moment = Arc::new(Mutex::new(moment));
        // Tests ask whole types at once; the edge has tests of its own.
        let limits = Limits {
            max_body_bytes: 8 << 20,
            max_tokens: 5_000,
            max_depth: 40,
            max_selections: 3_000,
            max_root_fields: 300,
            max_aliases: 300,
            max_cost: 1 << 40,
            ..Limits::default()
        };
        let edge = Edge {
            limits,
            rates: Rates {
                points_per_user: 0,
                points_per_token: 0,
                ..Rates::default()
            },
            ..Edge::default()
        };
        let mut app = App::with(options.open().await.expect("the database opens"), edge);
        app.clock = Clock::Set(moment.clone());
        app.mailer = Arc::new(Mailer::logging(&MailOptions::default()).expect("nothing to misread"));
        let raw = connect(url).await;
        if kind == Kind::Sqlite {
            let quick = raw.execute_unprepared("PRAGMA synchronous = OFF").await;
            quick.expect("SQLite takes the pragma");
        }
        Self {
            kind,
            router: app.clone().router(),
            app,
            raw,
            url: url.to_owned(),
            moment,
        }
    }

    /// The same world, in which mail is sent otherwise.
    pub fn mailing(&self, mailer: Mailer) -> Self {
        let mut app = self.app.clone();
        app.mailer = Arc::new(mailer);
        Self {
            router: app.clone().router(),
            app,
            ..self.clone()
        }
    }

    /// Another server on the same database.
    pub async fn second_server(&self) -> Self {
        let options = DatabaseOptions {
            database_url: self.url.clone().into(),
            no_migrate: true,
            patience: Default::default(),
        };
        let mut app = App::new(options.open().await.expect("the database opens"));
        app.clock = self.app.clock.clone();
        app.mailer = self.app.mailer.clone();
        Self {
            router: app.clone().router(),
            app,
            ..self.clone()
        }
    }

    /// Ends the connections.
    pub async fn close(self) {
        self.app.db.close().await;
        self.raw.close().await.expect("the connection closes");
    }

    /// The moment it is.
    pub fn now(&self) -> DateTime<Utc> {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes it another moment.
    pub fn set_time(&self, moment: DateTime<Utc>) {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.set_time(self.now() + time);
    }

    /// Inserts a row as it is, behind the server's back.
    pub async fn insert<A>(&self, row: A) -> <A::Entity as EntityTrait>::Model
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row = row.insert(&self.raw).await.expect("the row is inserted");
        self.app.db.forget_viewers();
        row
    }

    /// Changes a row as it is, behind the server's back.
    pub async fn alter<A>(&self, row: A) -> <A::Entity as EntityTrait>::Model
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row = row.update(&self.raw).await.expect("the row is changed");
        self.app.db.forget_viewers();
        row
    }

    /// How many rows a table has.
    pub async fn count<E>(&self) -> u64
    where
        E: EntityTrait<Model: Sync + Send>,
    {
        E::find().count(&self.raw).await.expect("the rows are counted")
    }

    /// Somebody without a token.
    pub fn anonymous(&self) -> Client {
        Client {
            world: self.clone(),
            token: None,
        }
    }

    /// Somebody who holds a token.
    pub fn client(&self, token: impl Into<String>) -> Client {
        Client {
            world: self.clone(),
            token: Some(token.into()),
        }
    }

    /// A person with an account, signed in on one device.
    pub async fn person(&self, name: &str) -> Person {
        let user_id = new_id();
        let now = self.now();
        self.insert(user::ActiveModel {
            id: Set(user_id),
            email: Set(format!("{}@example.org", folded(name).replace(' ', "."))),
            name: Set(name.to_owned()),
            password_hash: NotSet,
            timezone: Set("America/Denver".to_owned()),
            unit_system: Set(UnitSystem::Metric),
            email_verified_at: Set(Some(now)),
            last_signed_in_at: NotSet,
            deactivated_at: NotSet,
            failed_sign_ins: NotSet,
            blocked_until: NotSet,
            version: NotSet,
            created_at: Set(now),
            updated_at: Set(now),
        })
        .await;
        let token = self.sign_in(user_id).await;
        Person {
            client: self.client(token),
            user: Id::new::<user::Entity>(user_id),
        }
    }

    /// Another device of a person: its access token, good for ten years.
    pub async fn sign_in(&self, user_id: Uuid) -> String {
        let now = self.now();
        let session = self
            .insert(auth_session::ActiveModel {
                id: Set(new_id()),
                user_id: Set(user_id),
                user_agent: NotSet,
                ip_address: NotSet,
                created_at: Set(now),
                last_used_at: Set(now),
                expires_at: Set(now + Duration::days(3650)),
                revoked_at: NotSet,
            })
            .await;
        let token = format!("access-{}", session.id.simple());
        self.insert(auth_token::ActiveModel {
            hash: Set(Credential::new(&token).hash()),
            auth_session_id: Set(session.id),
            kind: Set(TokenKind::Access),
            created_at: Set(now),
            expires_at: Set(now + Duration::days(3650)),
            replaced_at: NotSet,
            successor_hash: NotSet,
        })
        .await;
        token
    }

    /// A program with nobody in it.
    pub async fn program(&self, name: &str) -> Program {
        let now = self.now();
        let row = self
            .insert(program::ActiveModel {
                id: Set(new_id()),
                name: Set(name.to_owned()),
                sort_name: Set(folded(name)),
                slug: Set(folded(name).replace(' ', "-")),
                kind: Set(ProgramKind::College),
                timezone: Set("America/Denver".to_owned()),
                logo_url: NotSet,
                health_access: Set(HealthAccess::MedicalStaffOnly),
                missed_after_hours: NotSet,
                external_id: NotSet,
                archived_at: NotSet,
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Program {
            world: self.clone(),
            id: Id::new::<program::Entity>(row.id),
        }
    }

    /// Who a client is to the server at this moment.
    pub async fn viewer(&self, client: &Client) -> Viewer {
        let credential = client.token.clone().map(Credential::new);
        let viewer = Viewer::identify(&self.app.db, credential.as_ref(), self.now()).await;
        viewer.unwrap_or_else(|failure| panic!("{failure:?}"))
    }
}

/// The id of a row, as the database knows it and as clients do.
#[derive(Clone, Copy, Debug)]
pub struct Id {
    pub id: Uuid,
    global: fn(Uuid) -> async_graphql::ID,
}

impl Id {
    /// The id of a row of `E`.
    pub fn new<E: fieldhouse::node::Named>(id: Uuid) -> Self {
        Self {
            id,
            global: fieldhouse::node::global::<E>,
        }
    }

    /// As clients know it.
    pub fn global(self) -> String {
        (self.global)(self.id).0
    }
}

impl Deref for Id {
    type Target = Uuid;

    fn deref(&self) -> &Uuid {
        &self.id
    }
}

/// A person with an account, who asks.
#[derive(Clone)]
pub struct Person {
    pub client: Client,
    pub user: Id,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// An API token of this person, confined to a program or not; it asks on its own.
    pub async fn api_token(&self, scopes: &[ApiScope], program: Option<&Program>) -> Client {
        let world = &self.client.world;
        let token = format!("{API_TOKEN_PREFIX}{}", new_id().simple());
        world
            .insert(api_token::ActiveModel {
                id: Set(new_id()),
                user_id: Set(self.user.id),
                program_id: Set(program.map(|program| program.id.id)),
                name: Set("Spreadsheet".to_owned()),
                prefix: Set(token.chars().take(8).collect()),
                hash: Set(Credential::new(&token).hash()),
                scopes: Set(Json(scopes.iter().map(|scope| scope.word().to_owned()).collect())),
                created_at: Set(world.now()),
                last_used_at: NotSet,
                expires_at: NotSet,
                revoked_at: NotSet,
            })
            .await;
        world.client(token)
    }
}

/// A coaching organization.
#[derive(Clone)]
pub struct Program {
    pub world: World,
    pub id: Id,
}

impl Program {
    /// A member with the role OWNER.
    pub async fn owner(&self, name: &str) -> Member {
        self.member(&self.world.person(name).await, name, ProgramRole::Owner)
            .await
    }

    /// A member with the role HEAD_COACH; unlimited until a team is named.
    pub async fn head_coach(&self, name: &str) -> Member {
        self.member(&self.world.person(name).await, name, ProgramRole::HeadCoach)
            .await
    }

    /// A head coach, when it does not matter who coaches.
    pub async fn coach(&self, name: &str) -> Member {
        self.head_coach(name).await
    }

    /// A member with the role ASSISTANT_COACH, who coaches no group yet.
    pub async fn assistant(&self, name: &str) -> Member {
        self.member(&self.world.person(name).await, name, ProgramRole::AssistantCoach)
            .await
    }

    /// A member with the role ATHLETIC_TRAINER.
    pub async fn trainer(&self, name: &str) -> Member {
        self.member(&self.world.person(name).await, name, ProgramRole::AthleticTrainer)
            .await
    }

    /// Makes a person a member.
    pub async fn member(&self, person: &Person, name: &str, role: ProgramRole) -> Member {
        let now = self.world.now();
        let row = self
            .world
            .insert(program_member::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.id.id),
                user_id: Set(person.user.id),
                athlete_id: NotSet,
                role: Set(role),
                display_name: Set(name.to_owned()),
                sort_name: Set(folded(name)),
                title: NotSet,
                joined_at: Set(now),
                deactivated_at: NotSet,
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Member {
            person: person.clone(),
            program: self.clone(),
            id: Id::new::<program_member::Entity>(row.id),
        }
    }
}

/// A member of a program, who asks.
#[derive(Clone)]
pub struct Member {
    pub person: Person,
    pub program: Program,
    pub id: Id,
}

impl Deref for Member {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}
