//! Whether ports are free, and who has them.

use std::{
    fs,
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use anyhow::{Result, bail};

/// Checks that every port can be listened on.
///
/// # Errors
///
/// Every port that cannot, who has it where that can be seen, and what to do.
pub(crate) fn all_free(ports: &[(&'static str, u16)]) -> Result<String> {
    let taken: Vec<_> = ports.iter().filter_map(|(name, port)| refused(name, *port)).collect();
    if taken.is_empty() {
        let numbers: Vec<_> = ports.iter().map(|(_, port)| port.to_string()).collect();
        return Ok(format!("{} are free", numbers.join(", ")));
    }
    bail!(
        "{}\nstop what listens there (another cargo xtask up?), or choose others: --port for the gateway, --service-ports for the services",
        taken.join("\n")
    )
}

fn refused(name: &str, port: u16) -> Option<String> {
    let error = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).err()?;
    Some(match (error.kind(), holder(port)) {
        (ErrorKind::AddrInUse, Some(holder)) => format!("port {port}, wanted by {name}, is taken by {holder}"),
        (ErrorKind::AddrInUse, None) => format!("port {port}, wanted by {name}, is taken"),
        _ => format!("port {port}, wanted by {name}, cannot be listened on: {error}"),
    })
}

/// The process that listens on a port, where the kernel shows it: `process 4321 (piramide-gatew)`.
fn holder(port: u16) -> Option<String> {
    let socket =
        ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| listening_socket(&fs::read_to_string(table).ok()?, port))?;
    let wanted = format!("socket:[{socket}]");
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Ok(number) = process.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let has = |descriptor: &Path| fs::read_link(descriptor).is_ok_and(|link| link.as_os_str() == wanted.as_str());
        if descriptors.flatten().any(|descriptor| has(&descriptor.path())) {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("process {number} ({})", name.trim()));
        }
    }
    None
}

/// The number of the socket that listens on a port, from a table of the kernel (proc(5)).
fn listening_socket(table: &str, port: u16) -> Option<String> {
    const LISTENING: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let local = fields.nth(1)?;
        let state = fields.nth(1)?;
        let socket = fields.nth(5)?;
        let here = local.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok());
        (state == LISTENING && here == Some(port)).then(|| socket.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_who_has_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = all_free(&[("gateway", port)]).unwrap_err().to_string();
        assert!(said.contains(&format!("port {port}, wanted by gateway, is taken")), "{said}");
        assert!(said.contains("--port"), "{said}");
        if cfg!(target_os = "linux") {
            assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
        }
        drop(listener);
        assert!(all_free(&[("gateway", port)]).is_ok());
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                     0: 0100007F:1F90 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 111 1\n\
                     1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n";
        assert_eq!(listening_socket(table, 8080).as_deref(), Some("222"));
        assert_eq!(listening_socket(table, 8081), None);
    }
}
