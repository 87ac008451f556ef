//! How much may be asked for in a minute: by a person, by a token, from an address. Every replica counts by itself, and
//! on PostgreSQL they add up their counts each second, so that more replicas do not mean more for anybody.
use crate::{
    access::Db,
    auth::{Digest, digits},
    error::Failure,
    scope::Clock,
    sql::{self, Dialect},
};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use clap::Args;
use sea_orm::{DbErr, Value};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Subjects that are counted at once; among more, those that asked for least are forgotten.
const MAX_SUBJECTS: usize = 50_000;

/// How often replicas add up their counts.
pub(crate) const ADDING_UP: Duration = Duration::from_secs(1);

/// Adds the counts of this replica to those of all, and tells the sums.
const ADD_UP: &str = "
INSERT INTO throttle (subject, began_at, used) SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[])
ON CONFLICT (subject) DO UPDATE SET began_at = greatest(excluded.began_at, throttle.began_at), used = CASE
    WHEN throttle.began_at = excluded.began_at THEN throttle.used + excluded.used
    WHEN throttle.began_at > excluded.began_at THEN throttle.used
    ELSE excluded.used END
RETURNING subject, began_at, used";

/// Forgets minutes that are long over.
const CLEAN: &str = "DELETE FROM throttle WHERE began_at < $1 - interval '10 minutes'";

/// How many times counts are added up between two cleanings.
const CLEANING: u64 = 300;

/// Points in a minute; each object that an operation may return is one, and an operation at least one. 0 for no limit.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Points that a person has in a minute, over all devices and tokens.
    #[arg(long, env = "FIELDHOUSE_POINTS_PER_USER", default_value_t = Self::DEFAULT.points_per_user)]
    pub points_per_user: u64,
    /// Points that a token has in a minute.
    #[arg(long, env = "FIELDHOUSE_POINTS_PER_TOKEN", default_value_t = Self::DEFAULT.points_per_token)]
    pub points_per_token: u64,
    /// Points that a network address has in a minute; a team may share one.
    #[arg(long, env = "FIELDHOUSE_POINTS_PER_ADDRESS", default_value_t = Self::DEFAULT.points_per_address)]
    pub points_per_address: u64,
    /// Sign-ins, registrations and password resets tried from an address in a minute.
    #[arg(long, env = "FIELDHOUSE_SIGN_INS_PER_ADDRESS", default_value_t = Self::DEFAULT.sign_ins_per_address)]
    pub sign_ins_per_address: u64,
}

impl Rates {
    const DEFAULT: Self = Self {
        points_per_user: 100_000,
        points_per_token: 100_000,
        points_per_address: 500_000,
        sign_ins_per_address: 60,
    };
}

impl Default for Rates {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whose points are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    User(uuid::Uuid),
    /// By the token's hash.
    Token(Digest),
    /// By the network; see `address`.
    Address(IpAddr),
    /// By the network too; see `sign_in`.
    SignIn(IpAddr),
}

/// The network of an address, by its first address: one of IPv6 is of a whole network that somebody was given.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::from([a, b, c, d, 0, 0, 0, 0]).into()
        }
    }
}

impl Subject {
    /// Whoever asks from the network of an address.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(network(address))
    }

    /// Whoever tries to sign in from there.
    pub(crate) fn sign_in(address: IpAddr) -> Self {
        Self::SignIn(network(address))
    }

    /// As all replicas name it.
    fn key(self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Token(digest) => format!("token:{}", digits(&digest)),
            Self::Address(network) => format!("address:{}", named(network)),
            Self::SignIn(network) => format!("sign-in:{}", named(network)),
        }
    }
}

/// As replicas name a network.
fn named(network: IpAddr) -> String {
    match network {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What a subject has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    pub(crate) resets_at: DateTime<Utc>,
}

/// The points used in the present minute.
#[derive(Default)]
pub(crate) struct Throttle {
    rates: Rates,
    windows: Mutex<HashMap<Subject, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    began_at: DateTime<Utc>,
    /// Used here and not yet told to the others.
    fresh: u64,
    /// Used by all, as far as is known.
    told: u64,
}

/// The minute that a moment lies in.
fn minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let into = TimeDelta::seconds(now.second().into()) + TimeDelta::nanoseconds(now.nanosecond().into());
    now - into
}

impl Throttle {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            windows: Mutex::default(),
        }
    }

    fn limit(&self, subject: &Subject) -> u64 {
        match subject {
            Subject::User(_) => self.rates.points_per_user,
            Subject::Token(_) => self.rates.points_per_token,
            Subject::Address(_) => self.rates.points_per_address,
            Subject::SignIn(_) => self.rates.sign_ins_per_address,
        }
    }

    /// Takes points from each of some subjects, or from none of them.
    ///
    /// # Errors
    /// `Throttled` when one of them has too few left.
    pub(crate) fn charge(
        &self,
        subjects: &[Subject],
        points: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<Standing>, Failure> {
        let (began_at, mut tightest) = (minute(now), None::<Standing>);
        let resets_at = began_at + TimeDelta::minutes(1);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let limited = subjects.iter().filter(|subject| self.limit(subject) > 0);
        let charged = limited.map(|subject| (*subject, self.limit(subject)));
        for (subject, limit) in charged.clone() {
            let window = windows.get(&subject).filter(|window| window.began_at == began_at);
            let used = window.map_or(0, |window| window.fresh + window.told) + points;
            if used > limit {
                let seconds = (resets_at - now)
                    .num_milliseconds()
                    .unsigned_abs()
                    .div_ceil(1_000)
                    .max(1);
                return Err(Failure::Throttled { seconds });
            }
            let standing = Standing { limit, used, resets_at };
            let left = |standing: &Standing| standing.limit - standing.used;
            if tightest.is_none_or(|tightest| left(&standing) < left(&tightest)) {
                tightest = Some(standing);
            }
        }
        if windows.len() + subjects.len() > MAX_SUBJECTS {
            forget(&mut windows, began_at);
        }
        for (subject, _) in charged {
            let window = windows.entry(subject).or_insert(Window {
                began_at,
                fresh: 0,
                told: 0,
            });
            if window.began_at != began_at {
                *window = Window {
                    began_at,
                    fresh: 0,
                    told: 0,
                };
            }
            window.fresh += points;
        }
        Ok(tightest)
    }

    /// Adds up counts with the other replicas each second, for ever; on SQLite there are none.
    pub(crate) async fn add_up(&self, db: &Db, clock: &Clock) {
        if db.dialect == Dialect::Sqlite {
            return;
        }
        for turn in 0_u64.. {
            tokio::time::sleep(ADDING_UP).await;
            if turn % CLEANING == 0
                && let Err(error) = db.add_up::<Used>(db.dialect.raw(CLEAN, [clock.now().into()])).await
            {
                tracing::warn!(error = sql::without_values(&error), "forgetting how much was asked for");
            }
            if let Err(error) = self.add_up_once(db).await {
                tracing::warn!(error = sql::without_values(&error), "adding up how much was asked for");
            }
        }
    }

    async fn add_up_once(&self, db: &Db) -> Result<(), DbErr> {
        let fresh: Vec<(Subject, Window)> = {
            let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = windows.iter_mut().filter(|(_, window)| window.fresh > 0);
            let taken = fresh.map(|(subject, window)| {
                let taken = *window;
                window.told += window.fresh;
                window.fresh = 0;
                (*subject, taken)
            });
            taken.collect()
        };
        if fresh.is_empty() {
            return Ok(());
        }
        let named = fresh
            .into_iter()
            .map(|(subject, window)| (subject.key(), subject, window));
        let mut fresh: Vec<(String, Subject, Window)> = named.collect();
        // One order for all replicas, or they would wait for each other in a circle.
        fresh.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let values: [Value; 3] = [
            fresh.iter().map(|(key, ..)| key.clone()).collect::<Vec<_>>().into(),
            fresh
                .iter()
                .map(|(.., window)| window.began_at)
                .collect::<Vec<_>>()
                .into(),
            fresh
                .iter()
                .map(|(.., window)| i64::try_from(window.fresh).unwrap_or(i64::MAX))
                .collect::<Vec<_>>()
                .into(),
        ];
        let sums = db.add_up(db.dialect.raw(ADD_UP, values)).await?;
        let subjects: HashMap<String, Subject> = fresh.into_iter().map(|(key, subject, _)| (key, subject)).collect();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        for Used { key, began_at, used } in sums {
            let told = u64::try_from(used).unwrap_or_default();
            let window = subjects.get(&key).and_then(|subject| windows.get_mut(subject));
            if let Some(window) = window.filter(|window| window.began_at == began_at) {
                window.told = told;
            }
        }
        Ok(())
    }
}

entity::row! {
    /// What all replicas together counted.
    struct Used {
        key: String,
        began_at: DateTime<Utc>,
        used: i64,
    }
}

/// Makes room: minutes that are over go, then whoever asked for least.
fn forget(windows: &mut HashMap<Subject, Window>, began_at: DateTime<Utc>) {
    windows.retain(|_, window| window.began_at == began_at);
    if windows.len() < MAX_SUBJECTS / 2 {
        return;
    }
    let mut used: Vec<u64> = windows.values().map(|window| window.fresh + window.told).collect();
    used.sort_unstable();
    let median = used[used.len() / 2];
    windows.retain(|_, window| window.fresh + window.told > median);
}

#[cfg(test)]
mod tests {
    use super::{Rates, Subject, Throttle};
    use crate::error::Failure;
    use chrono::{DateTime, TimeDelta, Utc};

    #[test]
    fn points_are_taken_from_all_or_none_and_come_back_with_the_minute() {
        let throttle = Throttle::new(Rates {
            points_per_user: 100,
            points_per_address: 150,
            ..Rates::default()
        });
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(20);
        let address = Subject::address([192, 0, 2, 1].into());
        let (one, other) = (
            [Subject::User(uuid::Uuid::nil()), address],
            [Subject::User(uuid::Uuid::max()), address],
        );
        let standing = throttle.charge(&one, 90, now).expect("enough").expect("limited");
        assert_eq!((standing.limit, standing.used), (100, 90));
        assert_eq!(standing.resets_at, DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(1));
        assert_eq!(throttle.charge(&one, 11, now), Err(Failure::Throttled { seconds: 40 }));
        assert_eq!(
            throttle.charge(&other, 61, now),
            Err(Failure::Throttled { seconds: 40 })
        );
        let standing = throttle
            .charge(&other, 60, now)
            .expect("nothing was taken by what was refused");
        assert_eq!(standing.expect("limited").used, 150, "the address is the tighter one");
        let later = now + TimeDelta::seconds(40);
        assert_eq!(
            throttle
                .charge(&one, 100, later)
                .expect("a new minute")
                .expect("limited")
                .used,
            100
        );
    }

    #[test]
    fn a_network_is_counted_as_one_however_it_is_written() {
        let key = |address: &str| Subject::address(address.parse().expect("an address")).key();
        assert_eq!(key("192.0.2.1"), "address:192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "address:192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.2"), "address:192.0.2.2");
        assert_eq!(key("2001:db8:0:7:1::9"), "address:2001:db8:0:7::/64");
        assert_eq!(key("2001:db8:0:7::"), key("2001:db8:0:7:ffff::1"));
        assert_ne!(key("2001:db8:0:8::"), key("2001:db8:0:7::"));
    }
}
