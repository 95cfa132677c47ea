package workflow

import "earmark/workflow/formula"

// ReceiptStep is one step of the formula on a receipt.
type ReceiptStep = formula.StepReceipt

// ReceiptUnit is one unit on a receipt, such as a school.
type ReceiptUnit = formula.UnitReceipt

// Recompute works an allocation's receipt out again from nothing but itself, as earmark
// receipt verify does. It returns a sentence on what does not follow; "" when all does.
func Recompute(d AllocationDetail) string {
	if err := formula.VerifyReceipt(d.ReceiptLines); err != nil {
		return err.Error()
	}
	return ""
}
