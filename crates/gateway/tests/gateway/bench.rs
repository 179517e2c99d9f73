use crate::house::House;
use std::io::{Read, Write};
fn rate(address: &str, path: &str, clients: usize, seconds: u64) -> (usize, usize) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let handles: Vec<_> = (0..clients)
        .map(|_| {
            let (address, path) = (address.to_owned(), path.to_owned());
            std::thread::spawn(move || {
                let mut s = std::net::TcpStream::connect(address).unwrap();
                s.set_nodelay(true).unwrap();
                let req = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
                let (mut n, mut size) = (0usize, 0usize);
                let mut buf = vec![0u8; 1 << 20];
                while std::time::Instant::now() < end {
                    s.write_all(req.as_bytes()).unwrap();
                    let mut got = 0;
                    let mut need = usize::MAX;
                    while got < need {
                        let r = s.read(&mut buf[got..]).unwrap();
                        assert!(r > 0);
                        got += r;
                        if need == usize::MAX {
                            if let Some(h) = buf[..got].windows(4).position(|w| w == b"\r\n\r\n") {
                                let head = std::str::from_utf8(&buf[..h]).unwrap().to_lowercase();
                                let len: usize =
                                    head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
                                need = h + 4 + len;
                            }
                        }
                    }
                    n += 1;
                    size = need;
                }
                (n, size)
            })
        })
        .collect();
    let all: Vec<_> = handles.into_iter().map(|h| h.join().unwrap()).collect();
    (all.iter().map(|a| a.0).sum::<usize>() / seconds as usize, all[0].1)
}
#[test]
fn bench() {
    let house = House::new();
    let address = house.url.strip_prefix("http://").unwrap().to_owned();
    for _ in 0..2 {
        for path in [
            "/health/live",
            "/api/v1/public-value?structure=NAZ&period=2020",
            "/",
            "/api/v1/indicators/finance.measured?structure=NAZ&period=2020",
        ] {
            println!("{path}: {:?} requests/s", rate(&address, path, 16, 4));
        }
    }
    println!("upstream pyramid calls {}", house.public_value.state.readings());
    let mut cold = Vec::new();
    for i in 0..200 {
        let t = std::time::Instant::now();
        house.get(&format!("/api/v1/public-value?structure=NAZ&period=2020&as_of=c{i}"));
        cold.push(t.elapsed());
    }
    cold.sort();
    println!("cold p50 {:?} p99 {:?}", cold[100], cold[198]);
}
