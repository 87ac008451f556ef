use crate::assert_close;
use science::load::session_rpe;

#[test]
fn session_load_is_exertion_times_minutes() {
    assert_close(session_rpe(7.0, 60.0 * 60.0), 420.0);
    assert_close(session_rpe(9.0, 75.0 * 60.0), 675.0);
    assert_close(session_rpe(3.0, 30.0 * 60.0), 90.0);
    assert_close(session_rpe(0.0, 3_600.0), 0.0);
}
