//! Which release answers a request. Pure.

/// The candidate's turn among requests that nothing ties to a release: exact over any window, as
/// evenly spread as can be. `count` is how many came before.
pub(super) fn takes_turn(count: u64, percent: u8) -> bool {
    let done = |count: u64| count * u64::from(percent) / 100;
    done(count + 1) > done(count)
}

/// Whether a client is the candidate's. One that is stays so while the weight grows.
pub(super) fn is_candidates(client: &str, percent: u8) -> bool {
    let digest = blake3::hash(client.as_bytes());
    let [a, b, c, d, ..] = *digest.as_bytes();
    // Of ten thousand places, so that a hundredth of the clients is about a hundredth.
    u32::from_le_bytes([a, b, c, d]) % 10_000 < u32::from(percent) * 100
}

/// The value of a cookie of that name.
pub(super) fn cookie<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_exact_over_small_windows() {
        for percent in 0..=100u8 {
            let turns: Vec<bool> = (0..1_000).map(|count| takes_turn(count, percent)).collect();
            for window in turns.chunks(100) {
                let found = window.iter().filter(|turn| **turn).count();
                assert_eq!(found, usize::from(percent));
            }
        }
        assert!((0..20).filter(|count| takes_turn(*count, 5)).count() == 1);
    }

    #[test]
    fn a_client_stays_while_the_weight_grows() {
        let clients: Vec<String> = (0..20_000).map(|n| format!("customer-{n}")).collect();
        let mut before = 0;
        for percent in [0, 1, 5, 25, 50, 99, 100] {
            let those = clients.iter().filter(|client| is_candidates(client, percent)).count();
            let expected = 200.0 * f64::from(percent);
            assert!((those as f64 - expected).abs() < 400.0, "{those} at {percent} %");
            assert!(those >= before);
            before = those;
        }
        let at_5 = clients.iter().filter(|client| is_candidates(client, 5));
        assert!(at_5.into_iter().all(|client| is_candidates(client, 25)));
    }

    #[test]
    fn cookies_are_told_apart() {
        assert_eq!(cookie("a=1; id=x7; b=2", "id"), Some("x7"));
        assert_eq!(cookie("xid=1", "id"), None);
    }
}
