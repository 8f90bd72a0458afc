//! A load: so many connections that ask for one page over one route, each as fast as it is answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::prose::Random;
use crate::requests::{Page, Request, Route};
use crate::server::Server;
use crate::wire::Connection;

/// How much longer than planned a load may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub page: Page,
    pub route: Route,
    pub connections: usize,
    pub posts: u32,
}

/// What was seen in all turns of a load.
#[derive(Debug, Default)]
pub struct Samples {
    /// Microseconds from the request's first byte to the answer's last, one per answer; see [`Samples::sort`].
    micros: Vec<u32>,
    pub errors: usize,
    pub first_error: Option<String>,
    elapsed: Duration,
    computed: Duration,
}

impl Load {
    /// One turn, added to the samples.
    pub async fn run(&self, server: &Server, time: Duration, samples: &mut Samples) -> Result<(), Failure> {
        let computed = server.computed()?;
        let begun = Instant::now();
        let turn = u64::try_from(samples.micros.len())?;
        let tasks: Vec<_> = (0..self.connections)
            .map(|number| {
                let random = Random::new(turn * 1_000 + u64::try_from(number).expect("few connections"));
                let work = self.connection(server.address, begun + time, random);
                tokio::spawn(tokio::time::timeout(time + PATIENCE, work))
            })
            .collect();
        for task in tasks {
            let mut part = task.await???;
            samples.micros.append(&mut part.micros);
            samples.errors += part.errors;
            samples.first_error = samples.first_error.take().or(part.first_error);
        }
        samples.elapsed += begun.elapsed();
        samples.computed += server.computed()?.saturating_sub(computed);
        Ok(())
    }

    async fn connection(
        self,
        address: SocketAddr,
        end: Instant,
        mut random: Random,
    ) -> Result<Samples, Failure> {
        let mut samples = Samples::default();
        let mut request = Request::new(self.page, self.route);
        let mut connection = Connection::open(address).await?;
        let mut now = Instant::now();
        while now < end {
            let bytes = request.of(random.below(self.posts));
            let answer = connection.exchange(bytes).await?;
            if answer.status != 200 || !self.page.is_answer(answer.body) {
                samples.errors += 1;
                samples.first_error.get_or_insert_with(|| {
                    let start = &answer.body[..answer.body.len().min(300)];
                    format!("{} {}", answer.status, String::from_utf8_lossy(start))
                });
            }
            let answered = Instant::now();
            samples.micros.push(u32::try_from((answered - now).as_micros()).unwrap_or(u32::MAX));
            now = answered;
        }
        Ok(samples)
    }
}

impl Samples {
    /// Puts the times in order, which [`Samples::percentile`] needs.
    pub fn sort(&mut self) {
        self.micros.sort_unstable();
    }

    pub fn per_second(&self) -> f64 {
        self.count() / self.elapsed.as_secs_f64()
    }

    /// The time in milliseconds that so many hundredths of the answers did not exceed.
    pub fn percentile(&self, hundredths: usize) -> f64 {
        let place = (self.micros.len() * hundredths / 100).min(self.micros.len().saturating_sub(1));
        f64::from(self.micros.get(place).copied().unwrap_or_default()) / 1_000.0
    }

    /// Microseconds that the server computed for one answer.
    pub fn computed_micros(&self) -> f64 {
        self.computed.as_secs_f64() * 1e6 / self.count().max(1.0)
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.micros.len()).unwrap_or(u32::MAX))
    }
}
