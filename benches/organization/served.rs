//! The simulated organization at a port, for a program that is a process of its own. Its clock is everybody's.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use tokio::runtime::{Builder, Handle};

use crate::loopback::{self, Asked};
use crate::simulation::World;
use crate::simulation::connector::{Aws, Weather};
use crate::simulation::run::fair;

/// Serves an organization of so many accounts for as long as this process lives. Its URL, and whose keys it takes.
pub(crate) fn serve(accounts: usize) -> (String, String) {
    let world = Arc::new(World::large(accounts));
    let caller = world.caller.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let _entered = runtime.enter();
        let aws = Aws::new(world, Weather { begins: SystemTime::now(), remembers: false, ..fair() });
        for stream in listener.incoming().flatten() {
            let (aws, handle) = (aws.clone(), runtime.handle().clone());
            std::thread::spawn(move || connection(&stream, &aws, &handle));
        }
    });
    (url, caller)
}

fn connection(stream: &TcpStream, aws: &Aws, handle: &Handle) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = loopback::next(&mut reader) {
        let response = handle.block_on(aws.call(request(asked))).unwrap();
        let body = response.body().bytes().unwrap();
        let kind = if body.starts_with(b"<") { "text/xml" } else { "application/json" };
        let status = response.status().as_u16();
        if loopback::answer(&mut &*stream, status, &[("content-type", kind)], body).is_none() {
            return;
        }
    }
}

fn request(asked: Asked) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from(asked.body));
    request.set_method(&asked.method).unwrap();
    request.set_uri(format!("http://simulation{}", asked.target)).unwrap();
    for (name, value) in asked.headers {
        request.headers_mut().insert(name, value);
    }
    request
}
