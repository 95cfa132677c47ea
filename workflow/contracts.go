package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

// draw takes an amount from a contract: within its amount, on its line, once it is signed.
// A reversal gives back, whatever became of the contract. The commitment is held until the
// commit, before the line is. Errors: Conflict "commitment.not_contracted"; Invalid
// "expenditure.over_contract", "expenditure.before_contract", "expenditure.other_line".
func (s *Service) draw(tx *store.Tx, who models.Actor, a Action, in NewExpenditure, reversal bool) error {
	c, err := store.Lock[models.Commitment](tx, in.CommitmentID, 0)
	if err == nil {
		err = allow(who, a, c.OrganizationID)
	}
	if err != nil {
		return unknownReference(err, "/commitment_id", "commitment")
	}
	if !reversal {
		if err := payable(c, in); err != nil {
			return err
		}
	}
	before := c
	c.SpentCents += in.AmountCents
	switch {
	case c.SpentCents > c.AmountCents:
		return breaks("/amount_cents", "expenditure.over_contract",
			fmt.Sprintf("%s of the contract %s over %s is spent; %s more would be %s too much.", before.SpentCents, c.ContractNumber, c.AmountCents, in.AmountCents, c.SpentCents-c.AmountCents),
			fmt.Sprintf("Post at most %s under this contract.", c.AmountCents-before.SpentCents))
	case c.SpentCents < 0:
		return breaks("/amount_cents", "expenditure.below_zero", fmt.Sprintf("Only %s is spent under the contract %s.", before.SpentCents, c.ContractNumber),
			fmt.Sprintf("Credit at most %s.", before.SpentCents))
	}
	if err := tx.Update(&c, "spent_cents"); err != nil {
		return err
	}
	tx.Audit(&c, event(who, "spend", "", before, c))
	return nil
}

func payable(c models.Commitment, in NewExpenditure) error {
	switch {
	case c.LineItemID != in.LineItemID:
		return breaks("/commitment_id", "expenditure.other_line", c.Reference+" is a commitment of another line.", "Name the line of the contract, or a contract of this line.")
	case c.Status != StatusContracted:
		return models.Fail(models.Conflict, "commitment.not_contracted", "%s is %s. Money is spent once its contract is signed.", c.Reference, words(string(c.Status)))
	case in.SpentOn < c.StartsOn || in.SpentOn < c.ContractedOn:
		return breaks("/spent_on", "expenditure.before_contract", fmt.Sprintf("%s is before the contract %s was signed (%s) and starts (%s).", in.SpentOn, c.ContractNumber, c.ContractedOn, c.StartsOn),
			"Spending under a contract begins with it.")
	}
	return nil
}
