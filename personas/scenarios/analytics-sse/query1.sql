SELECT author, COUNT(*) AS Number_Of_Mentions
FROM (SELECT * FROM publisher_data UNION ALL SELECT * FROM consumer_data) AS messages
WHERE mentions LIKE '%MikeDoesBigData%'
GROUP BY author
ORDER BY Number_Of_Mentions DESC
