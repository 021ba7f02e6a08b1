//! Where everything lies: offsets in the static area and in frames.

use crate::ir::*;

/// Byte offsets of buffers and frames.
pub struct Layout {
    /// Of each buffer: in its block, the static area, or its frame.
    pub offsets: Vec<usize>,
    /// Bytes of the frame of each loop (of [`ROOT`]: 0, it is in the static area).
    pub frame_bytes: Vec<usize>,
    /// Where the scalars of [`ROOT`] begin in the static area.
    pub root_slots: usize,
    pub static_bytes: usize,
}

impl Layout {
    pub fn of(f: &Function) -> Layout {
        let mut layout = Layout {
            offsets: vec![0; f.buffers.len()],
            frame_bytes: vec![0; f.loops as usize],
            root_slots: 0,
            static_bytes: 0,
        };
        for (id, bytes) in layout.frame_bytes.iter_mut().enumerate() {
            *bytes = 8 * f.slots.get(id).copied().unwrap_or(0) as usize;
        }
        layout.static_bytes = std::mem::take(&mut layout.frame_bytes[0]);
        for (i, buffer) in f.buffers.iter().enumerate() {
            let bytes = (buffer.len * buffer.elem.bytes()).next_multiple_of(8);
            layout.offsets[i] = match buffer.home {
                Home::Theta | Home::Given | Home::Gradient | Home::Output => 0,
                Home::Reals(at) => at * 8,
                Home::Ints(at) => at * 4,
                Home::Static | Home::Frame(ROOT) => {
                    // Whole cache lines, so that vectors start at one.
                    let align = if bytes >= 64 { 64 } else { 8 };
                    let start = layout.static_bytes.next_multiple_of(align);
                    layout.static_bytes = start + bytes;
                    start
                }
                Home::Frame(id) => {
                    let frame = &mut layout.frame_bytes[id.0 as usize];
                    *frame += bytes;
                    *frame - bytes
                }
            };
        }
        layout.static_bytes = layout.static_bytes.next_multiple_of(64) + 64;
        layout
    }
}
