//! Training load: one number for how much a session asked of an athlete.

/// Session load by perceived exertion, in arbitrary units: `rpe` (Borg CR10, 0 to 10) times minutes.
///
/// `duration_seconds` is the time trained. Not finite when an argument is not.
///
/// Source: Foster et al., "A new approach to monitoring exercise training", J Strength Cond Res 15 (2001).
pub fn session_rpe(rpe: f64, duration_seconds: f64) -> f64 {
    rpe * duration_seconds / 60.0
}
