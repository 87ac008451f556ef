//! People who can sign in.
use crate::{
    access::*,
    auth::{
        api_token::{ApiToken, ApiTokens},
        session::{AuthSession, Sessions},
    },
    error::{Failure, Nullable, Refusal},
    node,
    organization::{
        audit_event::{AuditEvent, AuditEventFilter, AuditLogOfUser},
        member::{MembershipFilter, Memberships, ProgramMember},
    },
    page::{Connection, OrderDirection, Page},
    patch::Patch,
    payload,
    payload::Mistakes,
    print::List,
    record,
    roster::athlete::{Athlete, OwnAthletes},
    scope::{Request, Scope},
    sql::{bare, folded},
    words::UnitSystem,
    write::{Tx, write},
};
use async_graphql::{Context, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    program_member,
    user::{ActiveModel, Column, Entity},
};
use plain::Object;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

record! {
    /// A person who can sign in.
    User = user
}

payload! {
    /// A changed account.
    UserPayload {
        /// The account; null when nothing was done.
        user: Option<User>,
    }
}

/// What to change of the own account; what is left out stays.
#[derive(InputObject)]
pub struct ViewerUpdateInput {
    /// Version that was read; another stored one is a `VERSION_CONFLICT`. Left out, the change is made in any case.
    expected_version: Option<i32>,
    /// Name shown to others, of 1 to 200 characters; the memberships show it too, but for those of athletes, whose
    /// names the staff keeps.
    name: Option<String>,
    /// IANA name of the preferred time zone, such as America/Denver.
    timezone: Option<String>,
    /// Units to show amounts in; the API itself always speaks in SI units.
    unit_system: Option<UnitSystem>,
}

/// A person who can sign in. Seen by the person and by the staff of programs that the person is a member of.
#[Object]
impl User {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Counts the changes of the account; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change this account: one's own, and not by an API token without ADMIN or of one program.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Address to sign in with; for the person and those who manage the members of a program of theirs, else null.
    async fn email(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.private(ctx, |row| Some(row.email.clone())).await.into()
    }

    /// When the address was confirmed, null until then; seen by those who see the address.
    async fn email_verified_at(&self, ctx: &Context<'_>) -> Nullable<DateTime<Utc>> {
        self.private(ctx, |row| row.email_verified_at).await.into()
    }

    /// What others call the person.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// IANA name of the time zone that the person prefers.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// Units that the person prefers to see; the API itself always speaks in SI units.
    async fn unit_system(&self) -> UnitSystem {
        self.0.unit_system.into()
    }

    /// Whether the person may sign in; false once the account is closed.
    async fn is_active(&self) -> bool {
        self.0.deactivated_at.is_none()
    }

    /// Whether this is the person who asks.
    async fn is_viewer(&self, ctx: &Context<'_>) -> bool {
        self.is_oneself(ctx)
    }

    /// When the person last signed in with the password; for the person alone, else null.
    async fn last_signed_in_at(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.0.last_signed_in_at.filter(|_| self.is_oneself(ctx))
    }

    /// Programs that the person is or was a member of, with the role in each, oldest first; others see those they
    /// share.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which memberships to keep; all when left out.")] filter: Option<MembershipFilter>,
    ) -> Result<Connection<ProgramMember>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(1, OrderDirection::Asc);
        Scope::of(ctx)
            .children::<Memberships, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// Records of the person as an athlete, one for each program they train or trained in; staff sees its own
    /// program's.
    async fn athletes(&self, ctx: &Context<'_>) -> Result<List<Athlete>, Failure> {
        let rows = Scope::of(ctx).all::<OwnAthletes>(self.0.id).await?;
        Ok(rows.iter().cloned().map(Athlete::from).collect())
    }

    /// Devices that are signed in, oldest first; for the person alone, else empty.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<List<AuthSession>, Failure> {
        let rows = Scope::of(ctx).all::<Sessions>(self.0.id).await?;
        Ok(rows.iter().cloned().map(AuthSession::from).collect())
    }

    /// API tokens that were not revoked, oldest first; for the person alone, else empty.
    async fn api_tokens(&self, ctx: &Context<'_>) -> Result<List<ApiToken>, Failure> {
        let rows = Scope::of(ctx).all::<ApiTokens>(self.0.id).await?;
        Ok(rows.iter().cloned().map(ApiToken::from).collect())
    }

    /// What was done to the account and by getting into it, latest first: sign-ins, also those that failed, passwords,
    /// API tokens. For the person alone, else empty.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which entries to keep; all when left out.")] filter: Option<AuditEventFilter>,
    ) -> Result<Connection<AuditEvent>, Failure> {
        let page = Page::new(first, after, last, before)?.ordered(0, OrderDirection::Desc);
        Scope::of(ctx)
            .children::<AuditLogOfUser, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the account was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        let oneself = viewer.any_of([(own(Column::Id), Vec::from_iter(viewer.user_id))]);
        let members = |programs: Vec<uuid::Uuid>| {
            viewer.subselect(Column::Id, &programs, |dialect, programs| {
                bare::<program_member::Entity>()
                    .column(program_member::Column::UserId)
                    .filter(dialect.among(own(program_member::Column::ProgramId), programs))
                    .filter(program_member::Column::DeactivatedAt.is_null())
                    .into_query()
            })
        };
        match action {
            Action::Read => oneself.or(members(viewer.staff_programs())),
            // An address to sign in with is the account's: a token for training does not read it.
            Action::ReadPrivate => if viewer.has_account() { oneself } else { Rows::none() }
                .or(members(viewer.programs(Permission::ManageMembers))),
            // The account belongs to no program, so a token confined to one does not change it.
            Action::Update if viewer.has_account() => oneself,
            _ => Rows::none(),
        }
    }
}

impl User {
    fn is_oneself(&self, ctx: &Context<'_>) -> bool {
        Scope::of(ctx).viewer().user_id == Some(self.0.id)
    }

    async fn private<T>(
        &self,
        ctx: &Context<'_>,
        field: impl FnOnce(&entity::user::Model) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let may = Scope::of(ctx).may::<Entity>(self.0.id, Action::ReadPrivate).await?;
        Ok(if may { field(&self.0) } else { None })
    }

    /// Changes the viewer's own account.
    pub(crate) async fn update(ctx: &Context<'_>, input: ViewerUpdateInput) -> Result<UserPayload, Refusal> {
        let ViewerUpdateInput {
            expected_version,
            name,
            timezone,
            unit_system,
        } = input;
        let id = Request::of(ctx).scope().viewer().user()?;
        let mut mistakes = Mistakes::default();
        if let Some(name) = &name {
            mistakes.text("name", name, 200);
        }
        if let Some(timezone) = &timezone {
            mistakes.timezone("timezone", timezone);
        }
        mistakes.check()?;
        let name = name.map(|name| name.trim().to_owned());
        let (scope, ()) = write(ctx, async move |tx: Tx| {
            let changes = ActiveModel {
                id: Set(id),
                name: name.clone().patch(),
                timezone: timezone.patch(),
                unit_system: unit_system.map(Into::into).patch(),
                ..Default::default()
            };
            tx.update(changes, Action::Update, expected_version).await?;
            if let Some(name) = name {
                rename(&tx, id, &name).await?;
            }
            Ok(())
        })
        .await?;
        Ok(UserPayload {
            user: scope.record(id).await?,
            ..Default::default()
        })
    }
}

/// Memberships show the name of the person; those of athletes show what the staff calls the athlete.
async fn rename(tx: &Tx, user_id: uuid::Uuid, name: &str) -> Result<(), Refusal> {
    let memberships = program_member::Entity::find()
        .filter(program_member::Column::UserId.eq(user_id))
        .filter(program_member::Column::AthleteId.is_null());
    for row in tx.find_locked(memberships).await? {
        let changes = program_member::ActiveModel {
            id: Set(row.id),
            display_name: Set(name.to_owned()),
            sort_name: Set(folded(name)),
            ..Default::default()
        };
        tx.follow(changes).await?;
    }
    Ok(())
}
