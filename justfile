# Every recipe is a plain command or two: without `just`, run the lines yourself.

# Fetch what the build needs, and check that the tools are there
setup:
    rustup component add rustfmt clippy
    cargo fetch
    # What only some tests need: apt-get install --no-install-recommends docker-registry apache2-utils openssl skopeo
    for program in docker-registry htpasswd openssl skopeo; do command -v $program || echo "missing: $program"; done

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
    cargo build --release -p tollgate
    python3 benches/noop.py
    python3 benches/restore.py
    python3 benches/rollback.py

# Measure other tools on the same work; they are installed into target/ alone
bench-peers:
    benches/peers.sh
    cargo build --release -p tollgate
    python3 benches/noop.py --peers
    python3 benches/restore.py --peers
    python3 benches/data.py --peers
    python3 benches/gate.py --peers
    python3 benches/drift.py --peers 1000000
    python3 benches/image.py --peers
    python3 benches/proxy.py

# Show the worked example, end to end
demo:
    cargo run --release -- demo

# Fuzz what reads a user's files, a minute each (needs a nightly toolchain and cargo-fuzz)
fuzz:
    cargo +nightly fuzz run plan -- -max_total_time=60
    cargo +nightly fuzz run contract -- -max_total_time=60

# Everything that must hold before a commit is taken in
ci:
    .ci/run
