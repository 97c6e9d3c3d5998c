"""What functional tests, tests/compare and bench share: servers to start and messages to send them."""
