# Every recipe is a plain command or two: without `just`, run the lines yourself.

# Fetch what the build needs, and check that the tools are there
setup:
    rustup component add rustfmt clippy
    cargo fetch

# Run all tests
test:
    cargo test --workspace

# Clippy, and the checks of the house
lint:
    cargo clippy --workspace --all-targets -- -D warnings
    cargo xtask layering && cargo xtask deps && cargo xtask tidy

# Format everything
fmt:
    cargo fmt --all

# Measure what has a budget
bench:
    cargo run --release -p tollgate-ledger --example speed

# Measure other tools on the same work
bench-peers:
    python3 benches/peers.py

# Show the worked example, end to end
demo:
    cargo run --release -- demo

# Run the property tests on a hundred times as many cases
fuzz:
    PROPTEST_CASES=25600 cargo test --release --workspace

# Everything that must hold before a commit is taken in
ci:
    .ci/run
