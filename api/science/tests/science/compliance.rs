use crate::assert_close;
use science::compliance::{Band, Counts, band, score};

#[test]
fn completion_is_the_completed_share_of_what_was_due() {
    let counts = Counts {
        completed: 6,
        partial: 1,
        missed: 2,
        skipped: 1,
    };
    assert_eq!(counts.due(), 10);
    assert_eq!(counts.completion_percent(), Some(60.0));
}

#[test]
fn nothing_due_is_no_percentage() {
    assert_eq!(Counts::default().completion_percent(), None);
}

#[test]
fn bands_meet_without_a_gap() {
    let hour = Some(3_600.0);
    let bands = [
        (0.0, Band::Outside),
        (1_799.0, Band::Outside),
        (1_800.0, Band::Near),
        (2_862.0, Band::Near), // 79.5 %
        (2_879.9, Band::Near),
        (2_880.0, Band::Within),
        (3_600.0, Band::Within),
        (4_320.0, Band::Within),
        (4_320.1, Band::Near),
        (5_400.0, Band::Near),
        (5_400.1, Band::Outside),
    ];
    for (actual, expected) in bands {
        assert_eq!(band(hour, Some(actual)), Some(expected), "{actual}");
    }
}

#[test]
fn unplanned_unknown_and_absurd_amounts_have_no_band() {
    let cases = [
        (None, Some(60.0)),
        (Some(60.0), None),
        (Some(0.0), Some(60.0)),
        (Some(-60.0), Some(60.0)),
        (Some(60.0), Some(-1.0)),
        (Some(f64::NAN), Some(60.0)),
        (Some(60.0), Some(f64::INFINITY)),
    ];
    for (planned, actual) in cases {
        assert_eq!(band(planned, actual), None, "{planned:?} {actual:?}");
    }
}

#[test]
fn score_goes_by_duration_before_distance() {
    let by_duration = score(Some(3_600.0), Some(2_700.0), Some(10_000.0), Some(10_000.0));
    assert_close(by_duration.expect("a score"), 75.0);
    let by_distance = score(Some(3_600.0), None, Some(10_000.0), Some(11_000.0));
    assert_close(by_distance.expect("a score"), 90.0);
    assert_eq!(score(Some(60.0), Some(600.0), None, None), Some(0.0));
    assert_eq!(score(Some(3_600.0), None, None, Some(10_000.0)), None);
}
