use tollgate_engine::Clock;

/// A clock doesn't go back while nobody sets it.
///
/// # Panics
/// It does.
pub fn clock(clock: &dyn Clock) {
    let times: Vec<_> = (0..100).map(|_| clock.now()).collect();
    assert!(times.is_sorted(), "the time goes on");
    assert!(times[0].as_millis() > 1_600_000_000_000, "the time is in milliseconds since 1970");
}
