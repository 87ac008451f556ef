//! Teams of a program.
use super::{
    member::{ProgramMember, TeamStaff},
    program::Program,
    season::{SeasonFilter, TeamSeason, TeamSeasonOrder, TeamSeasons},
};
use crate::{
    access::*,
    error::{Failure, Nullable, Refusal},
    load::Children,
    node,
    page::{Connection, Ordered, Page},
    patch::Patch,
    payload,
    payload::{Mistakes, UserError},
    print::{List, One},
    record, relation,
    scope::{Scope, new_id},
    sql::folded,
    words::{Sport, TeamGender},
    write::{Tx, write, write_once},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::{
    enums, program, program_member_team,
    team::{ActiveModel, Column, Entity},
    team_season,
};
use plain::Object;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

record! {
    /// A team of a program.
    Team = team
}

/// A team of a program.
#[Object]
impl Team {
    /// Globally unique, opaque and stable.
    pub async fn id(&self) -> node::GlobalId {
        node::GlobalId::of::<Entity>(self.0.id)
    }

    /// Goes up with every change; send it back as `expectedVersion` to be told when somebody else was faster.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether the viewer may change the team and start seasons of it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Update).await
    }

    /// Whether the viewer may remove the team.
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> Result<bool, Failure> {
        Scope::of(ctx).may::<Entity>(self.0.id, Action::Delete).await
    }

    /// The organization that the team belongs to.
    async fn program(&self, ctx: &Context<'_>) -> Result<One<Program>, Failure> {
        Scope::of(ctx).referred(ctx, self.0.program_id).await
    }

    /// What people call the team, such as "Cross Country".
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The team's main sport.
    async fn sport(&self) -> Sport {
        self.0.sport.into()
    }

    /// Whose competitions the team enters; null when it does not matter.
    async fn gender(&self) -> Option<TeamGender> {
        self.0.gender.map(TeamGender::from)
    }

    /// Level of competition, such as "Varsity".
    async fn level(&self) -> Option<&str> {
        self.0.level.as_deref()
    }

    /// Members whose work is limited to named teams, this one among them. Staff see it.
    async fn staff(&self, ctx: &Context<'_>) -> Result<List<ProgramMember>, Failure> {
        Scope::of(ctx)
            .linked::<TeamStaff, _>(self.0.id, |row| row.program_member_id)
            .await
    }

    /// The season that today falls in, by the program's time zone; the one that began last when there are several.
    async fn current_season(&self, ctx: &Context<'_>) -> Nullable<TeamSeason> {
        self.season_of_today(ctx).await.into()
    }

    /// Seasons of the team, latest first. Athletes see their own.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the API's")]
    async fn seasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most this many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "At most this many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Which seasons; all when omitted.")] filter: Option<SeasonFilter>,
        #[graphql(desc = "In which order.", default)] order_by: TeamSeasonOrder,
    ) -> Result<Connection<TeamSeason>, Failure> {
        let page = Page::new(first, after, last, before)?.sorted(order_by);
        Scope::of(ctx)
            .children::<TeamSeasons, _>(self.0.id, page, filter.unwrap_or_default())
            .await
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

relation!(/// Teams of a program.
    pub Teams: Entity, Column::ProgramId);

impl Ordered for Entity {
    const ORDERS: &'static [Column] = &[Column::SortName];
}

impl Guarded for Entity {
    fn allows(viewer: &Viewer, action: Action) -> Rows {
        match action {
            Action::Read => viewer.any_of([(
                own(Column::ProgramId),
                [viewer.programs_staffed(), viewer.own_programs()].concat(),
            )]),
            Action::Update | Action::Delete | Action::ManageRoster => viewer.any_of([
                (own(Column::ProgramId), viewer.programs(Permission::ManageRoster)),
                (own(Column::Id), viewer.teams(Permission::ManageRoster)),
            ]),
            _ => Rows::none(),
        }
    }
}

payload! {
    /// A team as it is now.
    TeamPayload {
        /// The team; null when it was refused.
        team: Option<Team>,
    }
}

payload! {
    /// A team that was removed.
    TeamDeletePayload {
        /// Its id; null when it was refused.
        deleted_team_id: Option<ID>,
    }
}

/// A new team.
#[derive(InputObject)]
pub struct TeamCreateInput {
    /// Key made by the client; a retry with the same key and input answers as the first did.
    pub idempotency_key: Option<String>,
    /// The organization it belongs to.
    pub program_id: ID,
    /// What people call the team; at most 200 characters, used by no other team of the program.
    pub name: String,
    /// The team's main sport.
    pub sport: Sport,
    /// Whose competitions the team enters.
    pub gender: Option<TeamGender>,
    /// Level of competition, such as "Varsity"; at most 100 characters.
    pub level: Option<String>,
}

/// Changes to a team; what is omitted stays.
#[derive(InputObject)]
pub struct TeamUpdateInput {
    /// The team.
    pub id: ID,
    /// Version that was read; refused with `VERSION_CONFLICT` when the team changed since.
    pub expected_version: Option<i32>,
    /// What people call the team; at most 200 characters, used by no other team of the program.
    pub name: Option<String>,
    /// The team's main sport.
    pub sport: Option<Sport>,
    /// Whose competitions the team enters; null when it does not matter.
    pub gender: MaybeUndefined<TeamGender>,
    /// Level of competition, at most 100 characters; null removes it.
    pub level: MaybeUndefined<String>,
}

/// A team to remove.
#[derive(InputObject)]
pub struct TeamDeleteInput {
    /// The team.
    pub id: ID,
}

impl Team {
    async fn season_of_today(&self, ctx: &Context<'_>) -> Result<Option<TeamSeason>, Failure> {
        let scope = Scope::of(ctx);
        let filter = SeasonFilter {
            active_on: Some(scope.today_of(self.0.program_id).await?.into()),
            ..Default::default()
        };
        let latest = Children::<TeamSeasons>::new(self.0.id, Page::newest(), filter);
        Ok(scope.rows(latest).await?.first().cloned().map(TeamSeason::from))
    }

    /// Makes a team.
    pub async fn create(ctx: &Context<'_>, input: TeamCreateInput) -> Result<TeamPayload, Refusal> {
        let TeamCreateInput {
            idempotency_key,
            program_id,
            name,
            sport,
            gender,
            level,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.text("name", &name, 200);
        if let Some(level) = &level {
            mistakes.text("level", level, 100);
        }
        mistakes.check()?;
        let (scope, id) = write_once(ctx, idempotency_key, async move |tx: Tx| {
            let program = tx
                .read::<program::Entity>(&program_id, Action::ManageRoster, "programId")
                .await?;
            let row = ActiveModel {
                id: Set(new_id()),
                program_id: Set(program.id),
                sort_name: Set(folded(&name)),
                name: Set(name.trim().to_owned()),
                sport: Set(sport.into()),
                gender: Set(gender.map(enums::TeamGender::from)),
                level: Set(level),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            Ok(tx.insert(row).await?.id)
        })
        .await?;
        Ok(TeamPayload {
            team: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Changes a team.
    pub async fn update(ctx: &Context<'_>, input: TeamUpdateInput) -> Result<TeamPayload, Refusal> {
        let TeamUpdateInput {
            id,
            expected_version,
            name,
            sport,
            gender,
            level,
        } = input;
        let mut mistakes = Mistakes::default();
        if let Some(name) = &name {
            mistakes.text("name", name, 200);
        }
        if let MaybeUndefined::Value(level) = &level {
            mistakes.text("level", level, 100);
        }
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Update, "id").await?;
            let changes = ActiveModel {
                id: Set(row.id),
                sort_name: name.as_deref().map(folded).patch(),
                name: name.map(|name| name.trim().to_owned()).patch(),
                sport: sport.map(enums::Sport::from).patch(),
                gender: gender.map_value(enums::TeamGender::from).patch(),
                level: level.patch(),
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, expected_version).await?.id)
        })
        .await?;
        Ok(TeamPayload {
            team: scope.record(id).await?,
            ..Default::default()
        })
    }

    /// Removes a team that has no seasons.
    pub async fn delete(ctx: &Context<'_>, input: TeamDeleteInput) -> Result<TeamDeletePayload, Refusal> {
        let TeamDeleteInput { id } = input;
        let (_, id) = write(ctx, async move |tx: Tx| {
            let row = tx.lock::<Entity>(&id, Action::Delete, "id").await?;
            let seasons = team_season::Entity::find().filter(team_season::Column::TeamId.eq(row.id));
            if tx.exists(seasons).await? {
                return Err(UserError::in_use("The team has seasons.").into());
            }
            // Who is limited to no team at all reaches every team, so a limit is never lifted by the way.
            let limited = program_member_team::Entity::find().filter(program_member_team::Column::TeamId.eq(row.id));
            if tx.exists(limited).await? {
                return Err(UserError::in_use("Members are limited to this team; change their teams first.").into());
            }
            let id = row.id;
            tx.delete::<Entity>(row).await?;
            Ok(id)
        })
        .await?;
        Ok(TeamDeletePayload {
            deleted_team_id: Some(node::global::<Entity>(id)),
            ..Default::default()
        })
    }
}
