//! What a command reaches.

use super::*;

pub(super) const CONNECT: &str = "
import socket, sys
try:
    socket.create_connection(('192.0.2.1', 80), timeout=5)
except OSError as error:
    print(error)
try:
    socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))
except OSError as error:
    print(error)
";

pub(super) fn refused() {
    let (ended, text) = Stage::new().python(CONNECT);
    assert!(text.contains("unreachable"), "{text}");
    assert_eq!(ended.refused_connections, ["192.0.2.1:80", "[2001:db8::1]:443"]);
}

pub(super) fn loopback() {
    let (ended, text) = Stage::new().python(
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n\
         client = socket.create_connection(server.getsockname(), timeout=5)\n\
         client.sendall(b'x'); print(server.accept()[0].recv(1), socket.gethostbyname(socket.gethostname()))\n",
    );
    assert_eq!(text, "b'x' 127.0.0.1\n");
    assert_eq!(ended.refused_connections, [""; 0]);
}

pub(super) fn granted_network() {
    let mut stage = Stage::new();
    stage.spec.network = true;
    let inside = stage.text("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '");
    let outside = fs::read_to_string("/proc/net/dev").expect("interfaces");
    assert_eq!(inside.lines().count(), outside.lines().count() - 2);
}
