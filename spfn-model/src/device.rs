//! Where a network is computed, chosen at run time.

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::AutodiffBackend;

/// The CPU, or a GPU where this program was built for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeviceError {
    #[error("no device is called {0}: cpu or cuda")]
    Unknown(String),
    #[error("this program was built without CUDA: build it with `--features cuda`, or use --device cpu")]
    NotBuilt,
    #[error("no NVIDIA driver answers ({0}): use --device cpu, or install the driver")]
    NoDriver(String),
}

/// What is done on a device, whichever it is.
pub trait Visitor {
    type Output;

    /// `threads` is how many replicas make sense there; 0 for one a core.
    fn visit<B: AutodiffBackend>(self, device: B::Device, threads: usize) -> Self::Output;
}

impl Device {
    /// By name: `cpu` or `cuda`.
    ///
    /// # Errors
    /// There is none of that name, or it is not there.
    pub fn open(name: &str) -> Result<Device, DeviceError> {
        match name {
            "cpu" => Ok(Device::Cpu),
            #[cfg(feature = "cuda")]
            "cuda" => driver().map(|()| Device::Cuda),
            #[cfg(not(feature = "cuda"))]
            "cuda" => Err(DeviceError::NotBuilt),
            _ => Err(DeviceError::Unknown(name.to_string())),
        }
    }

    pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
        match self {
            Device::Cpu => visitor.visit::<Autodiff<Flex>>(Default::default(), 0),
            #[cfg(feature = "cuda")]
            Device::Cuda => visitor.visit::<Autodiff<burn::backend::Cuda>>(Default::default(), 1),
        }
    }
}

/// Whether the driver's library can be loaded: without it the first operation would panic.
#[cfg(feature = "cuda")]
fn driver() -> Result<(), DeviceError> {
    let found = std::path::Path::new("/proc/driver/nvidia/version").exists();
    match found {
        true => Ok(()),
        false => Err(DeviceError::NoDriver("/proc/driver/nvidia/version is not there".to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_by_name() {
        assert_eq!(Device::open("cpu"), Ok(Device::Cpu));
        assert!(matches!(Device::open("tpu"), Err(DeviceError::Unknown(_))));
        #[cfg(not(feature = "cuda"))]
        assert_eq!(Device::open("cuda"), Err(DeviceError::NotBuilt));
    }
}
