//! Several tests at once, as for the slices of one data set: p-values that account for it.
//!
//! Values that are no probability (a test that could not be made) stay what they are and do not
//! count.

/// Times their number: at any level `a`, the chance that one below it is false is at most `a`.
#[must_use]
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    let count = ranked(p).len() as f64;
    p.iter().map(|p| if is_probability(*p) { (p * count).min(1.0) } else { *p }).collect()
}

/// As [`bonferroni`], and never larger.
///
/// Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
/// Journal of Statistics 6 (1979) 65–70.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let ranked = ranked(p);
    let mut adjusted = p.to_vec();
    let mut least = 0.0;
    for (rank, place) in ranked.iter().enumerate() {
        least = f64::max(least, p[*place] * (ranked.len() - rank) as f64).min(1.0);
        adjusted[*place] = least;
    }
    adjusted
}

/// At any level `a`, at most a share `a` of those below it is false, on average. For tests that
/// are independent or rise and fall together.
///
/// Source: Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", Journal of the
/// Royal Statistical Society B 57 (1995) 289–300.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let ranked = ranked(p);
    let mut adjusted = p.to_vec();
    let mut most = 1.0;
    for (rank, place) in ranked.iter().enumerate().rev() {
        most = f64::min(most, p[*place] * ranked.len() as f64 / (rank + 1) as f64);
        adjusted[*place] = most;
    }
    adjusted
}

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// The places of the probabilities, the smallest first.
fn ranked(p: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..p.len()).filter(|place| is_probability(p[*place])).collect();
    places.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tested_does_not_count() {
        for adjust in [bonferroni, holm, benjamini_hochberg] {
            let adjusted = adjust(&[0.01, f64::NAN, 0.04]);
            assert_eq!(adjusted[0], 0.02);
            assert!(adjusted[1].is_nan());
            assert!(adjust(&[]).is_empty());
        }
    }
}
