//! Circles in what needs what, found without recursion: a chain may be as long as a file.

/// Whether a node lies on a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circle {
    /// It does not.
    Off,
    /// It does, and is the first of its circle: the one to be told of.
    First,
    /// It does, with another before it.
    Other,
}

/// For each node, whether it lies on a circle, and how many edges the longest way from it has; the ways of
/// what leads to a circle have no end (`None`).
pub(crate) fn circles(edges: &[Vec<usize>]) -> (Vec<Circle>, Vec<Option<usize>>) {
    let components = components(edges);
    let mut sizes = vec![0_usize; edges.len()];
    for c in &components {
        if let Some(size) = sizes.get_mut(*c) {
            *size += 1;
        }
    }
    let of = |node: usize| components.get(node).copied().unwrap_or(0);
    let mut told = vec![false; edges.len()];
    let on_circle: Vec<Circle> = edges
        .iter()
        .enumerate()
        .map(|(node, next)| {
            if sizes.get(of(node)).is_none_or(|size| *size < 2) && !next.contains(&node) {
                return Circle::Off;
            }
            let told = told.get_mut(of(node)).is_none_or(|told| std::mem::replace(told, true));
            if told { Circle::Other } else { Circle::First }
        })
        .collect();
    // Components are numbered in the order in which they end: what a node needs comes before it.
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|node| of(*node));
    let mut longest: Vec<Option<usize>> = vec![None; edges.len()];
    for node in order {
        if on_circle.get(node) != Some(&Circle::Off) {
            continue;
        }
        let ways: Option<Vec<usize>> =
            edges.get(node).into_iter().flatten().map(|next| longest.get(*next).copied().flatten()).collect();
        if let Some(slot) = longest.get_mut(node) {
            *slot = ways.map(|ways| ways.into_iter().max().map_or(0, |way| way + 1));
        }
    }
    (on_circle, longest)
}

/// Tarjan's strongly connected components, with a stack of its own.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; edges.len()];
    let mut low = vec![0; edges.len()];
    let mut component = vec![NEW; edges.len()];
    let (mut next_order, mut next_component) = (0, 0);
    let mut open: Vec<usize> = vec![];
    let get = |v: &[usize], i: usize| v.get(i).copied().unwrap_or(NEW);
    let put = |v: &mut [usize], i: usize, x: usize| {
        if let Some(slot) = v.get_mut(i) {
            *slot = x;
        }
    };
    for root in 0..edges.len() {
        if get(&order, root) != NEW {
            continue;
        }
        let mut way: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some((node, done)) = way.pop() {
            if done == 0 {
                put(&mut order, node, next_order);
                put(&mut low, node, next_order);
                next_order += 1;
                open.push(node);
            } else if let Some(back) = edges.get(node).and_then(|e| e.get(done - 1))
                && get(&component, *back) == NEW
            {
                let least = get(&low, node).min(get(&low, *back));
                put(&mut low, node, least);
            }
            if let Some(&next) = edges.get(node).and_then(|e| e.get(done)) {
                way.push((node, done + 1));
                if get(&order, next) == NEW {
                    way.push((next, 0));
                }
            } else if get(&low, node) == get(&order, node) {
                while let Some(member) = open.pop() {
                    put(&mut component, member, next_component);
                    if member == node {
                        break;
                    }
                }
                next_component += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::Circle::{First, Off, Other};
    use super::circles;

    #[test]
    fn circles_and_ways() {
        // 0 → 1 → 2 → 1, 0 → 3, 3 → 4, 5 → 5, 6 → 5
        let edges = vec![vec![1, 3], vec![2], vec![1], vec![4], vec![], vec![5], vec![5]];
        let (on, longest) = circles(&edges);
        assert_eq!(on, [Off, First, Other, Off, Off, First, Off]);
        assert_eq!(longest, [None, None, None, Some(1), Some(0), None, None]);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let n = 200_000;
        let edges: Vec<Vec<usize>> = (0..n).map(|i| if i + 1 < n { vec![i + 1] } else { vec![] }).collect();
        let (on, longest) = circles(&edges);
        assert!(on.iter().all(|c| *c == Off));
        assert_eq!(longest.first(), Some(&Some(n - 1)));
    }
}
