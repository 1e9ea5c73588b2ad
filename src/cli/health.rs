//! `loyalty health`: asks the service that runs with these settings whether it is ready; what a container's health check
//! calls, so that its image needs no other program.

use std::{process::ExitCode, time::Duration};

use crate::{config::Settings, systems::http};

pub async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let url = format!("{}/health/ready", address(&settings.server.listen));
    let answer = http::send(http::client(Duration::from_secs(5))?.get(&url)).await;
    match answer {
        Ok(answer) if answer.status.is_success() => {
            println!("{}", answer.excerpt());
            Ok(ExitCode::SUCCESS)
        }
        Ok(answer) => {
            eprintln!("{url} answered {}: {}", answer.status, answer.excerpt());
            Ok(ExitCode::FAILURE)
        }
        Err(cause) => {
            eprintln!("{url} {cause}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Where a caller on the same machine reaches a service that listens there: "all addresses" is none to call.
pub fn address(listen: &str) -> String {
    let everywhere = |host: &str| listen.strip_prefix(host).map(|port| format!("127.0.0.1{port}"));
    format!("http://{}", everywhere("0.0.0.0").or_else(|| everywhere("[::]")).unwrap_or_else(|| listen.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_service_on_all_addresses_is_asked_on_loopback() {
        assert_eq!(address("0.0.0.0:8090"), "http://127.0.0.1:8090");
        assert_eq!(address("[::]:8090"), "http://127.0.0.1:8090");
        assert_eq!(address("10.0.0.7:8090"), "http://10.0.0.7:8090");
    }
}
