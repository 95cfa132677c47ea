package store

// RemindUnlocks tells liaison and managers every so many days of requests that wait. It
// returns how many notices it wrote.
func (n *Night) RemindUnlocks(every int) (int64, error) {
	n.binds["every"] = every
	return n.count(noticesFrom(`SELECT 'unlock:' || x.id || ':' || @date AS seed, p.user_id, CASE p.role WHEN 'pal' THEN 1 ELSE 2 END AS position,
			'unlock.waiting' AS event, 'unlock_request' AS subject_kind, x.id AS subject_id, x.organization_id,
			'Still asked to unlock ' || x.reference AS title, 'Since ' || x.requested_on || ': ' || x.reason AS detail,
			CASE p.role WHEN 'pal' THEN 'You are the liaison of this district.' ELSE 'You are OPD manager.' END AS why
		FROM unlock_requests x JOIN night_people p ON (p.role = 'pal' AND p.organization_id = x.organization_id) OR p.role = 'opd_manager'
		WHERE x.status = 'open' AND x.requested_on < @date AND DAYS(@date; x.requested_on) % @every = 0`))
}

// RemindDelegations tells both ends of roles that begin with the morning after the night or
// ended with its date. It returns how many notices it wrote.
func (n *Night) RemindDelegations(morning string) (int64, error) {
	n.binds["morning"] = morning
	return n.count(noticesFrom(`SELECT 'delegation:' || d.id || ':' || e.step || ':' || @morning AS seed, p.id AS user_id, 1 AS position,
			'delegation.' || e.step AS event, 'delegation' AS subject_kind, d.id AS subject_id, d.organization_id,
			CASE e.step WHEN 'begins' THEN t.name || ' acts for ' || g.name || ' from today' ELSE t.name || ' no longer acts for ' || g.name END AS title,
			'The role ' || d.role || ', ' || COALESCE(d.active_from_on, d.from_on) || ' to ' || COALESCE(d.active_to_on, d.to_on) || '.' AS detail,
			CASE WHEN p.id = g.id THEN 'It is your role.' ELSE 'You act with this role for somebody else.' END AS why
		FROM delegations d JOIN users g ON g.id = d.from_user_id JOIN users t ON t.id = d.to_user_id
		JOIN users p ON p.id IN (d.from_user_id, d.to_user_id) AND p.status = 'active'
		JOIN (SELECT 'begins' AS step UNION SELECT 'ends') e ON
			(e.step = 'begins' AND @morning = COALESCE(d.active_from_on, d.from_on)) OR (e.step = 'ends' AND @date = COALESCE(d.active_to_on, d.to_on))
		WHERE d.revoked_on IS NULL AND d.starts_at IS NOT NULL`))
}
