//! The roots of the API: each area's part of them, put together.
use crate::{
    auth::{AuthMutation, AuthQuery, AuthSubscription, api_token::ApiToken, session::AuthSession, user::User},
    error::{Failure, Nullable},
    feed::FeedSubscription,
    history::{HistoryMutation, HistoryQuery, HistorySubscription, session::AthleteTrainingSession},
    http::ServiceQuery,
    node::{self, Named, Record},
    organization::{
        MembersMutation, OrganizationMutation, OrganizationQuery, audit_event::AuditEvent,
        invitation::ProgramInvitation, member::ProgramMember, program::Program, season::TeamSeason, team::Team,
    },
    practices::{
        PracticesMutation, PracticesQuery, PracticesSubscription, assignment::PracticeAssignment,
        practice::PracticeSession, practice_workout::PracticeSessionWorkout,
    },
    roster::{
        RosterMutation, RosterQuery, athlete::Athlete, benchmark::Benchmark, event_group::EventGroup,
        roster_entry::RosterEntry,
    },
    scope::Scope,
    workouts::{
        WorkoutsMutation, WorkoutsQuery,
        element::{WorkoutElement, WorkoutRepeat, WorkoutStep},
        revision::WorkoutRevision,
        training_event::TrainingEvent,
        workout::Workout,
    },
};
use async_graphql::{Context, Enum, ID, Interface, MergedObject, MergedSubscription, ObjectType, SchemaBuilder};
use plain::Object;

/// The API.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The API, ready to execute. Logging, limits and metrics stay outside: an extension would slow down every field, and
/// documents that are known run none.
pub fn schema() -> Schema {
    builder(Query::default()).finish()
}

/// The API with something in the place of `Query` that answers as it does.
pub(crate) fn builder<Q: ObjectType + 'static>(query: Q) -> SchemaBuilder<Q, Mutation, Subscription> {
    async_graphql::Schema::build(query, Mutation::default(), Subscription::default())
}

/// Everything that can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    AuthQuery,
    OrganizationQuery,
    RosterQuery,
    WorkoutsQuery,
    PracticesQuery,
    HistoryQuery,
    ServiceQuery,
);

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AuthMutation,
    OrganizationMutation,
    MembersMutation,
    RosterMutation,
    WorkoutsMutation,
    PracticesMutation,
    HistoryMutation,
);

/// Everything that can be listened to, over a WebSocket with the protocol graphql-transport-ws.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    FeedSubscription,
    AuthSubscription,
    PracticesSubscription,
    HistorySubscription,
);

macro_rules! nodes {
    ($($name:ident),+ $(,)?) => {
        /// An object with a globally unique, opaque and stable id.
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "node::GlobalId", desc = "Globally unique, opaque and stable: any record can be fetched again by it."))]
        #[expect(missing_docs, reason = "the variants are the types themselves")]
        pub enum Node {
            $($name($name),)+
            WorkoutStep(WorkoutStep),
            WorkoutRepeat(WorkoutRepeat),
        }

        /// Types of records whose changes are told.
        #[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ChangeNodeType {
            $(#[doc = concat!("The type `", stringify!($name), "`.")] $name,)+
        }

        impl ChangeNodeType {
            /// The type with this name.
            pub(crate) fn of(name: &str) -> Option<Self> {
                $(if name == <<$name as Record>::Entity as Named>::NAME {
                    return Some(Self::$name);
                })+
                None
            }
        }

        /// The record that a global id names, if the viewer may read it.
        pub(crate) async fn fetch(scope: &Scope, id: &ID) -> Result<Option<Node>, Failure> {
            let Some((name, key)) = node::split(id) else { return Ok(None) };
            $(if name == <<$name as Record>::Entity as Named>::NAME {
                return Ok(scope.record::<$name>(key).await?.map(Node::from));
            })+
            Ok(match WorkoutElement::fetch(scope, id).await? {
                Some(WorkoutElement::WorkoutStep(step)) => Some(step.into()),
                Some(WorkoutElement::WorkoutRepeat(repeat)) => Some(repeat.into()),
                None => None,
            })
        }
    };
}
nodes!(
    User,
    AuthSession,
    ApiToken,
    Program,
    ProgramMember,
    ProgramInvitation,
    Team,
    TeamSeason,
    EventGroup,
    Athlete,
    RosterEntry,
    Benchmark,
    TrainingEvent,
    Workout,
    WorkoutRevision,
    PracticeSession,
    PracticeSessionWorkout,
    PracticeAssignment,
    AthleteTrainingSession,
    AuditEvent,
);

/// Any record by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Any record by its id; null when there is none or the viewer may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Id of any record.")] id: ID) -> Nullable<Node> {
        fetch(&Scope::of(ctx), &id).await.into()
    }

    /// Several records by their ids, in the order of the ids; null for each that there is none of. At most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of any records, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, Failure> {
        if ids.len() > 100 {
            return Err(Failure::BadInput("Ask for at most 100 records at once.".into()));
        }
        let scope = Scope::of(ctx);
        futures_util::future::try_join_all(ids.iter().map(|id| fetch(&scope, id))).await
    }
}
