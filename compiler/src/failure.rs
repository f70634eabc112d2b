//! Which expressions can fail.

use zt_runtime::ir::Expr;

/// Whether an expression may fail: whether there is checked arithmetic in it.
pub(crate) fn can_fail(expr: &Expr) -> bool {
    matches!(expr, Expr::Arith { checked: true, .. }) || expr.operands().any(can_fail)
}
