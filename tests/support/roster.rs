//! Teams, seasons, groups and athletes of the small world.
use super::world::{Id, Member, Person, Program, World};
use chrono::{Duration, NaiveDate};
use entity::{
    athlete,
    enums::{ProgramRole, RosterStatus, Sport, TeamSeasonStatus},
    event_group, event_group_coach, event_group_member, program_member, program_member_team, roster_entry, team,
    team_season,
};
use fieldhouse::{scope::new_id, sql::folded};
use sea_orm::{
    ActiveValue::{NotSet, Set, Unchanged},
    EntityTrait,
};
use uuid::Uuid;

impl Program {
    /// A team without a season.
    pub async fn team(&self, name: &str) -> Team {
        let now = self.world.now();
        let row = self
            .world
            .insert(team::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.id.id),
                name: Set(name.to_owned()),
                sort_name: Set(folded(name)),
                sport: Set(Sport::TrackAndField),
                gender: NotSet,
                level: NotSet,
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Team {
            program: self.clone(),
            id: Id::new::<team::Entity>(row.id),
        }
    }

    /// Athletes without accounts, by one statement for each few hundred.
    pub async fn athletes(&self, number: usize) -> Vec<Athlete> {
        let now = self.world.now();
        let rows: Vec<athlete::ActiveModel> = (0..number)
            .map(|index| athlete::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.id.id),
                first_name: Set("Runner".to_owned()),
                last_name: Set(format!("{index:05}")),
                sort_name: Set(format!("{index:05} runner")),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            })
            .collect();
        let athletes = rows.iter().map(|row| Athlete {
            program: self.clone(),
            id: Id::new::<athlete::Entity>(*row.id.as_ref()),
            sort_name: row.sort_name.as_ref().clone(),
        });
        let athletes = athletes.collect();
        for chunk in rows.chunks(500) {
            let insert = athlete::Entity::insert_many(chunk.to_vec()).exec_without_returning(&self.world.raw);
            insert.await.expect("the rows are inserted");
        }
        athletes
    }

    /// An athlete without an account: the last word of the name is the family's.
    pub async fn athlete(&self, name: &str) -> Athlete {
        let now = self.world.now();
        let (first, last) = name.rsplit_once(' ').unwrap_or((name, "Novak"));
        let row = self
            .world
            .insert(athlete::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.id.id),
                user_id: NotSet,
                first_name: Set(first.to_owned()),
                last_name: Set(last.to_owned()),
                sort_name: Set(folded(&format!("{last} {first}"))),
                left_on: NotSet,
                archived_at: NotSet,
                external_id: NotSet,
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Athlete {
            program: self.clone(),
            id: Id::new::<athlete::Entity>(row.id),
            sort_name: row.sort_name,
        }
    }
}

/// A team.
#[derive(Clone)]
pub struct Team {
    pub program: Program,
    pub id: Id,
}

impl Team {
    /// A season from January to June 2026, under way.
    pub async fn season(&self, name: &str) -> Season {
        let world = &self.program.world;
        let now = world.now();
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
        let row = world
            .insert(team_season::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.program.id.id),
                team_id: Set(self.id.id),
                name: Set(name.to_owned()),
                sort_name: Set(folded(name)),
                start_date: Set(day(1, 5)),
                end_date: Set(day(6, 14)),
                status: Set(TeamSeasonStatus::Active),
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Season {
            team: self.clone(),
            id: Id::new::<team_season::Entity>(row.id),
        }
    }
}

impl Member {
    /// Limits a member to a team, besides those named before.
    pub async fn limited_to(&self, team: &Team) -> Uuid {
        let world = &self.program.world;
        let row = world
            .insert(program_member_team::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.program.id.id),
                program_member_id: Set(self.id.id),
                team_id: Set(team.id.id),
            })
            .await;
        row.id
    }
}

/// A season of a team.
#[derive(Clone)]
pub struct Season {
    pub team: Team,
    pub id: Id,
}

impl Season {
    /// An event group.
    pub async fn group(&self, name: &str) -> Group {
        let world = self.world();
        let now = world.now();
        let row = world
            .insert(event_group::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.team.program.id.id),
                team_season_id: Set(self.id.id),
                name: Set(name.to_owned()),
                sort_name: Set(folded(name)),
                color: NotSet,
                position: Set(0),
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        Group {
            season: self.clone(),
            id: Id::new::<event_group::Entity>(row.id),
        }
    }

    /// Puts an athlete on the roster.
    pub async fn enter(&self, athlete: &Athlete) -> RosterEntry {
        let world = self.world();
        let now = world.now();
        let row = world
            .insert(roster_entry::ActiveModel {
                id: Set(new_id()),
                program_id: Set(self.team.program.id.id),
                team_season_id: Set(self.id.id),
                athlete_id: Set(athlete.id.id),
                sort_name: Set(athlete.sort_name.clone()),
                status: Set(RosterStatus::Active),
                jersey_number: NotSet,
                class_year: NotSet,
                primary_event_group_id: NotSet,
                joined_on: NotSet,
                left_on: NotSet,
                external_id: NotSet,
                version: NotSet,
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await;
        RosterEntry {
            season: self.clone(),
            athlete: athlete.clone(),
            id: Id::new::<roster_entry::Entity>(row.id),
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.team.program.world
    }
}

/// The place of an athlete on a roster.
#[derive(Clone)]
pub struct RosterEntry {
    pub season: Season,
    pub athlete: Athlete,
    pub id: Id,
}

/// An event group.
#[derive(Clone)]
pub struct Group {
    pub season: Season,
    pub id: Id,
}

impl Group {
    /// Lets a member coach the group.
    pub async fn coached_by(&self, member: &Member) -> Uuid {
        let row = event_group_coach::ActiveModel {
            id: Set(new_id()),
            program_id: Set(member.program.id.id),
            event_group_id: Set(self.id.id),
            program_member_id: Set(member.id.id),
        };
        self.season.world().insert(row).await.id
    }

    /// Lets an athlete of the season's roster train with the group.
    pub async fn join(&self, entry: &RosterEntry) -> event_group_member::Model {
        let row = event_group_member::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.season.team.program.id.id),
            event_group_id: Set(self.id.id),
            roster_entry_id: Set(entry.id.id),
            athlete_id: Set(entry.athlete.id.id),
            sort_name: Set(entry.athlete.sort_name.clone()),
        };
        self.season.world().insert(row).await
    }
}

/// An athlete, with an account or without.
#[derive(Clone)]
pub struct Athlete {
    pub program: Program,
    pub id: Id,
    pub sort_name: String,
}

impl Athlete {
    /// Gives the athlete an account and a membership; answers who asks with it.
    pub async fn signs_in(&self, name: &str) -> Member {
        let person = self.program.world.person(name).await;
        self.linked_to(&person, name).await
    }

    /// As `signs_in`, for a person who has an account.
    pub async fn linked_to(&self, person: &Person, name: &str) -> Member {
        let world = &self.program.world;
        world
            .alter(athlete::ActiveModel {
                id: Unchanged(self.id.id),
                user_id: Set(Some(person.user.id)),
                ..Default::default()
            })
            .await;
        let member = self.program.member(person, name, ProgramRole::Athlete).await;
        world
            .alter(program_member::ActiveModel {
                id: Unchanged(member.id.id),
                athlete_id: Set(Some(self.id.id)),
                ..Default::default()
            })
            .await;
        member
    }

    /// Lets the athlete leave the program: yesterday was the last day.
    pub async fn left_yesterday(&self) {
        let world = &self.program.world;
        world
            .alter(athlete::ActiveModel {
                id: Unchanged(self.id.id),
                left_on: Set(Some(world.now().date_naive() - Duration::days(1))),
                ..Default::default()
            })
            .await;
    }
}
