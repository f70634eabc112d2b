//! Which expressions can fail.

use zt_runtime::ir::Expr;

/// Whether an expression may fail: whether something in it can by itself.
pub(crate) fn can_fail(expr: &Expr) -> bool {
    let itself = matches!(
        expr,
        Expr::Arith { checked: true, .. } | Expr::Hours { .. } | Expr::Local { .. } | Expr::Failing { .. }
    );
    itself || expr.operands().any(can_fail)
}
